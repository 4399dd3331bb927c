-- The trace in which an event was told, so that its delivery is a part of it. Personal it is not.
-- Expands only: a sender of the release before leaves it empty.
-- depends: 0061.webhook-places

ALTER TABLE own.webhook_deliveries ADD COLUMN traceparent text CHECK (length(traceparent) <= 64);
