-- What the read model and the webhooks have of that which an operator looks for. One tenant at a time, in the role of
-- the query service; each is found by the key or the index of its table.

-- name: stored_versions(partitions, positions)
-- By where they lie on trips.v1; they are kept for so many days.
SELECT c.partition, c.position, c.trip, c.kind, c.epoch, c.version_offset, c.stored_at
  FROM read.changes c
  JOIN unnest(CAST(:partitions AS integer[]), CAST(:positions AS bigint[])) AS wanted (partition, position)
    ON (c.partition, c.position) = (wanted.partition, wanted.position);

-- name: shown_trips(trips)
SELECT id, state, epoch, version_offset FROM read.trips WHERE id = ANY (CAST(:trips AS text[]));

-- name: noted_outcomes(messages)
SELECT message, record, result, reason, trip, partition, done_offset
  FROM read.messages WHERE message = ANY (CAST(:messages AS text[]));

-- name: how_far(partitions)
SELECT partition, epoch, done_offset FROM read.progress WHERE partition = ANY (CAST(:partitions AS bigint[]));

-- name: deliveries(travellers, events)
SELECT webhook::text AS webhook, event::text AS event, type, trip::text AS trip, state, queued_at, attempts
  FROM own.webhook_deliveries
 WHERE traveller = ANY (CAST(:travellers AS uuid[])) AND event = ANY (CAST(:events AS uuid[]));
