ALTER TABLE own.webhooks DROP COLUMN revision;
DROP TABLE own.webhook_places;
