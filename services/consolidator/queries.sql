-- What `verify` asks of the read model, in the projector's role, which sees every tenant.

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
