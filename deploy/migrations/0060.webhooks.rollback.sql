-- The role stays: other databases of the same server may use it.
ALTER TABLE read.offsets DROP COLUMN dropped_until;
DROP INDEX read.changes_by_instant;
DROP TABLE own.webhook_deliveries, own.webhooks;
REVOKE USAGE ON SCHEMA own FROM itinerary_webhooks;
