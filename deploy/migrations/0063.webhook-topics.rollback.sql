ALTER TABLE own.webhook_places DROP COLUMN topic_id;
