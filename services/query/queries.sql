-- Every statement of the query service and the projector. Tenants are kept apart by row-level security:
-- readers set the tenant first in each transaction and no statement below asks for it again.

-- name: set_tenant(tenant)$
-- Local to the transaction, so that a pooled connection cannot carry it to the next reader.
SELECT set_config('itinerary.tenant', :tenant, true);

-- name: find_traveller(login)$
-- A login is written in many cases; the directory keeps it case-folded.
SELECT traveller::text FROM own.traveller_logins WHERE login = :login;

-- name: find_traveller_named(login, id)$
-- Callers may name a traveller by id or by login; no login looks like an id.
SELECT traveller::text FROM own.traveller_logins WHERE login = :login
UNION ALL
SELECT traveller::text FROM own.travellers WHERE traveller::text = :id
LIMIT 1;

-- name: find_party(client)$
-- Which party a client is, so that a supplier is known by what it owns.
SELECT party FROM own.senders WHERE client = :client;

-- name: find_travellers(travellers)
-- Names and first login of the travellers of a page of trips, for Concur's list.
SELECT t.traveller::text AS traveller, t.first_name, t.last_name,
       (SELECT min(l.login) FROM own.traveller_logins l
         WHERE l.tenant = t.tenant AND l.traveller = t.traveller) AS login
  FROM own.travellers t
 WHERE t.traveller = ANY (CAST(:travellers AS uuid[]));

-- name: find_trip(id, traveller)^
-- Any id ever given leads to one trip of today: follow the aliases to the one that stands for itself. UNION
-- drops what was met before, so that even a wrong circle of aliases ends.
WITH RECURSIVE chain AS (
    SELECT alias, trip FROM read.aliases WHERE alias = :id
    UNION
    SELECT next.alias, next.trip FROM chain JOIN read.aliases next ON next.alias = chain.trip
)
SELECT t.id, t.document
  FROM chain
  JOIN read.trips t ON t.id = chain.trip
 WHERE chain.alias = chain.trip
   AND t.state = 'live'
   AND (CAST(:traveller AS text) IS NULL OR t.traveller = :traveller);

-- name: list_trips(traveller, with_cancelled, starting_until, ending_from, modified_since, state, today, after_id, after_start, wanted)
-- In the order of (start date, id), which no change of another trip disturbs; undated trips stand last.
-- One row more than a page tells that there is a next page.
SELECT id, document
  FROM read.trips
 WHERE state = 'live'
   AND (CAST(:traveller AS text) IS NULL OR traveller = :traveller)
   AND (status <> 'cancelled' OR :with_cancelled)
   AND (CAST(:starting_until AS date) IS NULL OR start_date <= :starting_until)
   AND (CAST(:ending_from AS date) IS NULL OR end_date >= :ending_from)
   AND (CAST(:modified_since AS timestamptz) IS NULL OR modified >= :modified_since)
   AND CASE CAST(:state AS text)
       WHEN 'upcoming' THEN NOT completed AND coalesce(start_date > :today, true)
       WHEN 'ongoing' THEN NOT completed AND start_date <= :today
       WHEN 'completed' THEN completed
       WHEN 'ready_to_expense' THEN expense_ready
       WHEN 'cancelled' THEN status = 'cancelled'
       ELSE true
       END
   AND (CAST(:after_id AS text) IS NULL
        OR (listed_on, id) > (coalesce(CAST(:after_start AS date), 'infinity'::date), CAST(:after_id AS text)))
 ORDER BY listed_on, id
 LIMIT :wanted;

-- name: find_message(message, traveller)
-- What became of each statement of a message, as far as the reader may know.
SELECT record, traveller, result, reason, trip
  FROM read.messages
 WHERE message = :message
   AND (CAST(:traveller AS text) IS NULL OR traveller = :traveller)
 ORDER BY record;

-- name: read_progress()
-- How far each partition of bookings.v1 is done, for those who wait for their own write.
SELECT partition, epoch, done_offset FROM read.progress;

-- name: check_schema()
-- Names what this release reads: fails where the database has an older schema, and touches no row.
SELECT t.id, t.document, t.state, t.start_date, t.listed_on, t.end_date, t.status, t.completed,
       t.expense_ready, t.modified, a.trip, m.result, p.done_offset
  FROM read.trips t, read.aliases a, read.messages m, read.progress p
 LIMIT 0;

-- name: ensure_offsets(topic, partitions)!
-- A row to lock for every partition, from the first time that somebody has it.
INSERT INTO read.offsets (topic, partition, next_offset)
SELECT :topic, partition, 0 FROM unnest(CAST(:partitions AS int[])) AS partition
ON CONFLICT DO NOTHING;

-- name: read_offsets(topic, partitions)
SELECT partition, next_offset
  FROM read.offsets
 WHERE topic = :topic AND partition = ANY (CAST(:partitions AS int[]));

-- name: lock_offsets(topic, partitions)
-- Two projectors may both believe to have a partition while it moves. The lock puts them in a row, and
-- what it reads tells the later one what is already in. In one order, so that they cannot deadlock.
SELECT partition, next_offset
  FROM read.offsets
 WHERE topic = :topic AND partition = ANY (CAST(:partitions AS int[]))
 ORDER BY partition
   FOR UPDATE;

-- name: advance_offsets(partitions, next_offsets, topic)!
UPDATE read.offsets AS o
   SET next_offset = n.next_offset
  FROM unnest(CAST(:partitions AS int[]), CAST(:next_offsets AS bigint[])) AS n (partition, next_offset)
 WHERE o.topic = :topic AND o.partition = n.partition AND o.next_offset < n.next_offset;

-- name: upsert_trips(tenant, id, traveller, epoch, version_offset, state, modified, document, content_hash, start_date, end_date, status, completed, expense_ready, created)!
-- Newer wins; of equal versions the later on trips.v1 wins, which the order of batches is.
INSERT INTO read.trips AS trips (tenant, id, traveller, epoch, version_offset, state, modified, document, content_hash,
                                 start_date, end_date, status, completed, expense_ready, created)
SELECT tenant, id, traveller, epoch, version_offset, state, modified, document::json, content_hash,
       start_date, end_date, status, completed, expense_ready, created
  FROM unnest(CAST(:tenant AS text[]), CAST(:id AS text[]), CAST(:traveller AS text[]), CAST(:epoch AS bigint[]),
              CAST(:version_offset AS bigint[]), CAST(:state AS text[]), CAST(:modified AS timestamptz[]),
              CAST(:document AS text[]), CAST(:content_hash AS text[]), CAST(:start_date AS date[]),
              CAST(:end_date AS date[]), CAST(:status AS text[]), CAST(:completed AS boolean[]),
              CAST(:expense_ready AS boolean[]), CAST(:created AS timestamptz[]))
       AS new (tenant, id, traveller, epoch, version_offset, state, modified, document, content_hash,
               start_date, end_date, status, completed, expense_ready, created)
ON CONFLICT (tenant, id) DO UPDATE
   SET traveller = excluded.traveller, epoch = excluded.epoch, version_offset = excluded.version_offset,
       state = excluded.state, modified = excluded.modified, document = excluded.document,
       content_hash = excluded.content_hash, start_date = excluded.start_date, end_date = excluded.end_date,
       status = excluded.status, completed = excluded.completed, expense_ready = excluded.expense_ready,
       created = excluded.created
 WHERE (trips.epoch, trips.version_offset) <= (excluded.epoch, excluded.version_offset);

-- name: upsert_aliases(tenant, alias, trip, epoch, version_offset)!
-- Newer wins, whichever trip says so: after a merge the id leads to the new trip, after a split home again.
INSERT INTO read.aliases AS aliases (tenant, alias, trip, epoch, version_offset)
SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:alias AS text[]), CAST(:trip AS text[]),
                     CAST(:epoch AS bigint[]), CAST(:version_offset AS bigint[]))
ON CONFLICT (tenant, alias) DO UPDATE
   SET trip = excluded.trip, epoch = excluded.epoch, version_offset = excluded.version_offset
 WHERE (aliases.epoch, aliases.version_offset) <= (excluded.epoch, excluded.version_offset);

-- name: upsert_messages(tenant, message, record, traveller, result, reason, trip, partition, epoch, done_offset)!
-- Newer wins: a message that was replayed tells what became of it last.
INSERT INTO read.messages AS messages (tenant, message, record, traveller, result, reason, trip, partition, epoch,
                                       done_offset)
SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:message AS text[]), CAST(:record AS text[]),
                     CAST(:traveller AS text[]), CAST(:result AS text[]), CAST(:reason AS text[]),
                     CAST(:trip AS text[]), CAST(:partition AS bigint[]), CAST(:epoch AS bigint[]),
                     CAST(:done_offset AS bigint[]))
ON CONFLICT (tenant, message, record) DO UPDATE
   SET traveller = excluded.traveller, result = excluded.result, reason = excluded.reason, trip = excluded.trip,
       partition = excluded.partition, epoch = excluded.epoch, done_offset = excluded.done_offset
 WHERE (messages.epoch, messages.done_offset) <= (excluded.epoch, excluded.done_offset);

-- name: upsert_progress(partition, epoch, done_offset)!
-- Never goes back, so that what a reader waited for stays true.
INSERT INTO read.progress AS progress (partition, epoch, done_offset)
SELECT * FROM unnest(CAST(:partition AS bigint[]), CAST(:epoch AS bigint[]), CAST(:done_offset AS bigint[]))
ON CONFLICT (partition) DO UPDATE
   SET epoch = excluded.epoch, done_offset = excluded.done_offset
 WHERE (progress.epoch, progress.done_offset) < (excluded.epoch, excluded.done_offset);

-- name: forget_trips(ids)!
-- A tombstone is the end of a deletion seven days old; of an id that lives again it says nothing.
DELETE FROM read.trips WHERE state = 'deleted' AND id = ANY (CAST(:ids AS text[]));

-- name: wake_readers()$
-- Delivered when the transaction commits, so that who wakes finds the rows.
SELECT pg_notify('itinerary_progress', '');
