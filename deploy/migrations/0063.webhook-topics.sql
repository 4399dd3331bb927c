-- Of which log a place is: a topic that is made anew keeps its name, and its offsets begin again.
-- Expands only: a sender of the release before writes none, and what has none is of whatever log there is.
-- depends: 0062.webhook-traces

ALTER TABLE own.webhook_places ADD COLUMN topic_id text;
