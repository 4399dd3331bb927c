-- How far `trip-events.v1` is queued, beside what was queued of it: a database that comes back from a backup has
-- both of one moment, and what happened since is queued again. And when a person last changed a webhook.
-- Expands only: a sender of the release before goes by the place that its group committed.
-- depends: 0060.webhooks

CREATE TABLE own.webhook_places (
    queue_group text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (queue_group, partition)
);
-- Whose events lie there, places do not tell.
GRANT SELECT, INSERT, UPDATE ON own.webhook_places TO itinerary_webhooks;

-- Counts what people change or ask for: a visit that began before must not undo it.
ALTER TABLE own.webhooks ADD COLUMN revision bigint NOT NULL DEFAULT 0;
