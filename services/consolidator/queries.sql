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
SELECT count(sweeps) FROM (SELECT sweeps FROM read.trips LIMIT 1) AS any_trip;

-- name: claim_due(partitions, again_seconds, wanted, ahead)
-- Trips that time alone changes by now, by this clock alone: hosts that sweep may have others. What was asked for is
-- asked for again only after a while, until when it is on its way through the log, and after longer whiles, because a trip
-- that is due still was refused, or the log could not be reached; one that was asked for in the future was so by a clock that has been put right
-- since.
-- Only among the earliest of each partition: no more is under way than the consolidator will do soon. Rows of an unknown
-- partition (-1) are of any of them, which so many more may be under way for. Of one traveller
-- nothing is asked for while something earlier is under way: whoever sweeps beside, or died in between, trips end in
-- their order.
WITH earliest AS (
    SELECT due.*
      FROM unnest(CAST(:partitions AS smallint[])) AS open (partition),
           LATERAL (SELECT tenant, id, traveller, due_at, swept_at,
                           coalesce(swept_at BETWEEN now() - make_interval(secs => :again_seconds * 2 ^ least(sweeps - 1, 5))
                                                 AND now(), false) AS is_under_way
                      FROM read.trips
                     WHERE partition = open.partition AND due_at <= now()
                     ORDER BY due_at, tenant, id
                     LIMIT :ahead * CASE WHEN open.partition < 0 THEN cardinality(CAST(:partitions AS smallint[])) ELSE 1 END
                   ) AS due
), in_order AS (
    SELECT tenant, id, due_at, swept_at,
           bool_or(is_under_way) OVER (PARTITION BY tenant, traveller ORDER BY due_at) AS has_to_wait
      FROM earliest
), claimed AS (
    SELECT t.tenant, t.id
      FROM in_order
      JOIN read.trips t USING (tenant, id)
     WHERE NOT in_order.has_to_wait
       AND t.swept_at IS NOT DISTINCT FROM in_order.swept_at  -- nobody else was quicker
     ORDER BY in_order.due_at, t.tenant, t.id
     LIMIT :wanted
       FOR NO KEY UPDATE OF t SKIP LOCKED
)
UPDATE read.trips AS t
   SET swept_at = now(), sweeps = least(t.sweeps + 1, 100)
  FROM claimed
 WHERE t.tenant = claimed.tenant AND t.id = claimed.id
RETURNING t.tenant, t.traveller, t.due_at, now();

-- name: refused(messages)
-- The records do not tell of what was refused; only asked where something seems not to have been heard.
SELECT message, record FROM read.messages
 WHERE result = 'refused' AND message = ANY (CAST(:messages AS text[]));
