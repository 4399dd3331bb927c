ALTER TABLE own.webhook_deliveries DROP COLUMN traceparent;
