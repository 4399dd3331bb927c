-- What the consolidator's processes ask of the read model: `verify` in the projector's role, the sweeper in its own.

-- name: progress()
-- Partitions that the projector never touched have no row.
SELECT partition, epoch, done_offset FROM read.progress;

-- name: all_trips()
-- Read with a cursor: the table may be larger than memory. `document` is json and gives its text byte for byte.
SELECT tenant, id, traveller, epoch, version_offset, state, document::text AS document FROM read.trips;

-- name: trips_of(travellers)
-- Only travellers whose trips differed a moment ago.
SELECT tenant, id, traveller, epoch, version_offset, state, document::text AS document
  FROM read.trips
 WHERE traveller = ANY (CAST(:travellers AS text[]));

-- name: check_due_index()$
-- Fails where migrations are behind.
SELECT count(due_at) FROM (SELECT due_at FROM read.trips LIMIT 1) AS any_trip;

-- name: claim_due(now, again_before, wanted)
-- Trips that time alone changes by now. Those that another sweeper is at are left to it, and what was asked for is
-- asked for again only after a while: until then it is on its way through the log.
WITH due AS (
    SELECT tenant, id
      FROM read.trips
     WHERE due_at <= :now
       AND (swept_at IS NULL OR swept_at < :again_before)
     ORDER BY due_at, tenant, id
     LIMIT :wanted
       FOR UPDATE SKIP LOCKED
)
UPDATE read.trips AS t
   SET swept_at = :now
  FROM due
 WHERE t.tenant = due.tenant AND t.id = due.id
RETURNING t.tenant, t.traveller, t.due_at;

-- name: refused(messages)
-- The records do not tell of what was refused; only asked where something seems not to have been heard.
SELECT message, record FROM read.messages
 WHERE result = 'refused' AND message = ANY (CAST(:messages AS text[]));
