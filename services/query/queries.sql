-- Every statement of the query service and the projector. Tenants are kept apart by row-level security:
-- readers set the tenant first in each transaction and no statement below asks for it again.

-- name: set_tenant(tenant)$
-- Local to the transaction, so that a pooled connection cannot carry it to the next reader.
SELECT set_config('itinerary.tenant', :tenant, true);

-- name: keep_memory()$
-- Where PostgreSQL runs on glibc, a process gives memory back to the system after each large answer and asks for it anew at the
-- next, which takes longer than to write the answer; but no longer once it was seen to free this much at once.
SELECT octet_length(repeat(repeat(' ', 4000), 1000));

-- name: plan_each_time()$
-- Filters that are left out must not stay in the plan; local to the transaction.
SELECT set_config('plan_cache_mode', 'force_custom_plan', true);

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

-- name: list_travellers(after, login, wanted)
-- The directory, in the order of ids, which never change.
SELECT t.traveller::text AS id, t.first_name, t.last_name,
       ARRAY(SELECT l.login FROM own.traveller_logins l
              WHERE l.tenant = t.tenant AND l.traveller = t.traveller ORDER BY l.login) AS logins
  FROM own.travellers t
 WHERE (CAST(:after AS uuid) IS NULL OR t.traveller > CAST(:after AS uuid))
   AND (CAST(:login AS text) IS NULL
        OR t.traveller IN (SELECT l.traveller FROM own.traveller_logins l WHERE l.login = CAST(:login AS text)))
 ORDER BY t.traveller
 LIMIT :wanted;

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

-- name: find_written(tenant, login, client, id, answered, form)^
-- The same trip as it is sent, in one question: the function sets the tenant for as long as it lasts.
SELECT * FROM read.trip_sent(:tenant, :login, :client, :id, :answered, :form);

-- name: list_written(tenant, login, traveller, with_cancelled, with_virtual, starting_until, ending_from, ending_until, modified_since, created_since, created_before, segment_type, words, place, source, state, today, after_id, after_start, wanted, form)^
-- As list_trips, the page in one text, and as find_written.
SELECT * FROM read.list_sent(:tenant, :login, :traveller, :with_cancelled, :with_virtual, :starting_until, :ending_from,
                             :ending_until, :modified_since, :created_since, :created_before, :segment_type, :words, :place,
                             :source, :state, :today, :after_id, :after_start, :wanted, :form);

-- name: list_trips(traveller, with_cancelled, with_virtual, starting_until, ending_from, ending_until, modified_since, created_since, created_before, segment_type, words, place, source, state, today, after_id, after_start, wanted)
-- In the order of (start date, id), which no change of another trip disturbs; undated trips stand last.
-- Planned anew each time, so that what is not asked for is no condition and a state's own index serves.
-- One row more than a page tells that there is a next page.
SELECT id, document
  FROM read.trips_matching(:traveller, :with_cancelled, :with_virtual, :starting_until, :ending_from, :ending_until,
                           :modified_since, :created_since, :created_before, :segment_type, :words, :place, :source, :state,
                           :today)
 WHERE CAST(:after_id AS text) IS NULL
    OR (listed_on, id) > (coalesce(CAST(:after_start AS date), 'infinity'::date), CAST(:after_id AS text))
 ORDER BY listed_on, id
 LIMIT :wanted;

-- name: list_trips_backwards(traveller, with_cancelled, with_virtual, starting_until, ending_from, ending_until, modified_since, created_since, created_before, segment_type, words, place, source, state, today, after_id, after_start, wanted)
-- The same list from its end: what was last stands first.
SELECT id, document
  FROM read.trips_matching(:traveller, :with_cancelled, :with_virtual, :starting_until, :ending_from, :ending_until,
                           :modified_since, :created_since, :created_before, :segment_type, :words, :place, :source, :state,
                           :today)
 WHERE CAST(:after_id AS text) IS NULL
    OR (listed_on, id) < (coalesce(CAST(:after_start AS date), 'infinity'::date), CAST(:after_id AS text))
 ORDER BY listed_on DESC, id DESC
 LIMIT :wanted;

-- name: count_trips(traveller, with_cancelled, with_virtual, starting_until, ending_from, ending_until, modified_since, created_since, created_before, segment_type, words, place, source, state, today)$
-- How many there are in all, for whoever turns pages by their number.
SELECT count(*)
  FROM read.trips_matching(:traveller, :with_cancelled, :with_virtual, :starting_until, :ending_from, :ending_until,
                           :modified_since, :created_since, :created_before, :segment_type, :words, :place, :source, :state,
                           :today);

-- name: page_of_trips(traveller, with_cancelled, with_virtual, starting_until, ending_from, ending_until, modified_since, created_since, created_before, segment_type, words, place, source, state, today, first, wanted)
-- A page by its number, in the order of list_trips. Only the ids of what stands before it are walked.
SELECT t.document
  FROM (SELECT tenant, id, listed_on
          FROM read.trips_matching(:traveller, :with_cancelled, :with_virtual, :starting_until, :ending_from, :ending_until,
                                   :modified_since, :created_since, :created_before, :segment_type, :words, :place, :source, :state,
                                   :today)
         ORDER BY listed_on, id
        OFFSET :first
         LIMIT :wanted) AS page
  JOIN read.trips AS t USING (tenant, id)
 ORDER BY page.listed_on, page.id;

-- name: page_of_trips_backwards(traveller, with_cancelled, with_virtual, starting_until, ending_from, ending_until, modified_since, created_since, created_before, segment_type, words, place, source, state, today, behind, wanted)
-- The same by how many stand behind it, for pages past the middle: of those the ids of what follows are walked.
SELECT t.document
  FROM (SELECT tenant, id, listed_on
          FROM read.trips_matching(:traveller, :with_cancelled, :with_virtual, :starting_until, :ending_from, :ending_until,
                                   :modified_since, :created_since, :created_before, :segment_type, :words, :place, :source, :state,
                                   :today)
         ORDER BY listed_on DESC, id DESC
        OFFSET :behind
         LIMIT :wanted) AS page
  JOIN read.trips AS t USING (tenant, id)
 ORDER BY page.listed_on, page.id;

-- name: read_ends(topic)
-- From where on changes are kept, and up to where they are here, in the snapshot of the reader.
SELECT partition, changes_from, next_offset, dropped_until FROM read.offsets WHERE topic = :topic ORDER BY partition;

-- name: changes_since(instant)
-- Where the tenant's changes of an instant and later begin, in each partition that has any.
SELECT partition, min(position) AS position FROM read.changes WHERE at >= :instant GROUP BY partition;

-- name: list_changes(traveller, partitions, positions, wanted, with_documents)
-- After a cursor, which names a position in each partition. Within a partition in the order of the log; a
-- traveller is in one partition. Each partition is read no further than a page could need.
SELECT c.partition, c.position, c.trip, c.traveller, c.kind, c.into_trip, c.epoch, c.version_offset, c.at, c.changes,
       CASE WHEN :with_documents THEN c.document END AS document
  FROM unnest(CAST(:partitions AS int[]), CAST(:positions AS bigint[])) AS cursor (partition, position),
       LATERAL (SELECT * FROM read.changes n
                 WHERE n.partition = cursor.partition AND n.position >= cursor.position
                   AND (CAST(:traveller AS text) IS NULL OR n.traveller = :traveller)
                 ORDER BY n.position
                 LIMIT :wanted) c
 ORDER BY c.position, c.partition
 LIMIT :wanted;

-- name: trip_history(id, traveller, before, wanted)
-- The versions of one trip id, the newest first.
SELECT position, kind, into_trip, epoch, version_offset, at, changes, document
  FROM read.changes
 WHERE trip = :id
   AND (CAST(:traveller AS text) IS NULL OR traveller = :traveller)
   AND (CAST(:before AS bigint) IS NULL OR position < :before)
 ORDER BY position DESC
 LIMIT :wanted;

-- name: list_overrides(ids, traveller)
-- What people said of a trip, by any of its ids, with what became of it. What has no outcome never came to be.
SELECT o.override::text AS override, o.action, o.trips, o.subjects, o.said_by, o.said_at, o.undone_at, m.result, m.reason
  FROM own.overrides o
  JOIN read.messages m ON m.message = o.message::text
 WHERE o.trips && CAST(:ids AS text[])
   AND o.traveller = CAST(:traveller AS uuid)
 ORDER BY o.said_at, o.override;

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
       t.expense_ready, t.modified, t.segment_types, t.virtual, t.answer, t.answer_facts, t.answer_mark, a.trip, m.result, p.done_offset,
       'read.list_sent'::regproc
  FROM read.trips t, read.aliases a, read.messages m, read.progress p
 LIMIT 0;

-- name: ensure_offsets(topic, partitions)!
-- A row to lock for every partition, from the first time that somebody has it.
INSERT INTO read.offsets (topic, partition, next_offset)
SELECT :topic, partition, 0 FROM unnest(CAST(:partitions AS int[])) AS partition
ON CONFLICT DO NOTHING;

-- name: read_offsets(topic, partitions)
SELECT partition, next_offset, topic_id::text AS topic_id
  FROM read.offsets
 WHERE topic = :topic AND partition = ANY (CAST(:partitions AS int[]));

-- name: note_topic_id(topic, partitions, topic_id)!
-- From the first message on; what a release before stored is taken to be of the topic that there is.
UPDATE read.offsets
   SET topic_id = CAST(:topic_id AS uuid)
 WHERE topic = :topic AND partition = ANY (CAST(:partitions AS int[])) AND topic_id IS NULL;

-- name: note_thinned(topic, partitions, lag_seconds)!
-- What is read from the beginning of a compacted log lacks versions that newer ones replaced, and what they told.
UPDATE read.offsets
   SET dropped_until = now() - make_interval(secs => :lag_seconds)
 WHERE topic = :topic AND partition = ANY (CAST(:partitions AS int[])) AND next_offset = 0 AND dropped_until IS NULL;

-- name: note_whole_from(topic, partitions, positions, lag_seconds)!
-- The same of what was read: cursors before it have missed something, and are told so.
UPDATE read.offsets o
   SET changes_from = greatest(o.changes_from, n.position),
       dropped_until = greatest(o.dropped_until, now() - make_interval(secs => :lag_seconds))
  FROM unnest(CAST(:partitions AS int[]), CAST(:positions AS bigint[])) AS n (partition, position)
 WHERE o.topic = :topic AND o.partition = n.partition;

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

-- name: upsert_trips(tenant, id, traveller, epoch, version_offset, state, modified, document, content_hash, start_date, end_date, status, completed, expense_ready, created, segment_types, virtual, due_at, partition, answer, answer_facts, answer_mark)!
-- Newer wins; of equal versions the later on trips.v1 wins, which the order of batches is.
INSERT INTO read.trips AS trips (tenant, id, traveller, epoch, version_offset, state, modified, document, content_hash,
                                 start_date, end_date, status, completed, expense_ready, created, segment_types, virtual,
                                 due_at, partition, answer, answer_facts, answer_mark)
SELECT tenant, id, traveller, epoch, version_offset, state, modified, document::json, content_hash,
       start_date, end_date, status, completed, expense_ready, created,
       string_to_array(segment_types, ' '), virtual, due_at, partition, answer, answer_facts, answer_mark
  FROM unnest(CAST(:tenant AS text[]), CAST(:id AS text[]), CAST(:traveller AS text[]), CAST(:epoch AS bigint[]),
              CAST(:version_offset AS bigint[]), CAST(:state AS text[]), CAST(:modified AS timestamptz[]),
              CAST(:document AS text[]), CAST(:content_hash AS text[]), CAST(:start_date AS date[]),
              CAST(:end_date AS date[]), CAST(:status AS text[]), CAST(:completed AS boolean[]),
              CAST(:expense_ready AS boolean[]), CAST(:created AS timestamptz[]),
              CAST(:segment_types AS text[]), CAST(:virtual AS boolean[]),
              CAST(:due_at AS timestamptz[]), CAST(:partition AS smallint[]), CAST(:answer AS text[]),
              CAST(:answer_facts AS text[]), CAST(:answer_mark AS text[]))
       AS new (tenant, id, traveller, epoch, version_offset, state, modified, document, content_hash,
               start_date, end_date, status, completed, expense_ready, created, segment_types, virtual, due_at,
               partition, answer, answer_facts, answer_mark)
ON CONFLICT (tenant, id) DO UPDATE
   SET traveller = excluded.traveller, epoch = excluded.epoch, version_offset = excluded.version_offset,
       state = excluded.state, modified = excluded.modified, document = excluded.document,
       content_hash = excluded.content_hash, start_date = excluded.start_date, end_date = excluded.end_date,
       status = excluded.status, completed = excluded.completed, expense_ready = excluded.expense_ready,
       created = excluded.created, segment_types = excluded.segment_types, virtual = excluded.virtual,
       due_at = excluded.due_at, partition = excluded.partition, swept_at = NULL, sweeps = 0, answer = excluded.answer,
       answer_facts = excluded.answer_facts, answer_mark = excluded.answer_mark
 WHERE (trips.epoch, trips.version_offset) <= (excluded.epoch, excluded.version_offset);

-- name: insert_changes(tenant, partition, position, trip, traveller, kind, into_trip, epoch, version_offset, at, changes, document)!
-- A value older than the row that is there is no news: no client sees a trip go back in version.
INSERT INTO read.changes (tenant, partition, position, trip, traveller, kind, into_trip, epoch, version_offset, at,
                          changes, document)
SELECT new.tenant, new.partition, new.position, new.trip, new.traveller, new.kind, new.into_trip, new.epoch,
       new.version_offset, new.at, new.changes::json, new.document::json
  FROM unnest(CAST(:tenant AS text[]), CAST(:partition AS int[]), CAST(:position AS bigint[]), CAST(:trip AS text[]),
              CAST(:traveller AS text[]), CAST(:kind AS text[]), CAST(:into_trip AS text[]), CAST(:epoch AS bigint[]),
              CAST(:version_offset AS bigint[]), CAST(:at AS timestamptz[]), CAST(:changes AS text[]),
              CAST(:document AS text[]))
       AS new (tenant, partition, position, trip, traveller, kind, into_trip, epoch, version_offset, at, changes, document)
  LEFT JOIN read.trips t ON t.tenant = new.tenant AND t.id = new.trip
 WHERE t.id IS NULL OR (t.epoch, t.version_offset) <= (new.epoch, new.version_offset)
ON CONFLICT DO NOTHING;

-- name: forget_documents(tenants, trips, epochs, version_offsets, positions)!
-- Of a trip that is deleted nothing stays but that it was; what it is once it lives again is not meant.
UPDATE read.changes c SET document = NULL
  FROM unnest(CAST(:tenants AS text[]), CAST(:trips AS text[]), CAST(:epochs AS bigint[]), CAST(:version_offsets AS bigint[]),
              CAST(:positions AS bigint[])) AS gone (tenant, trip, epoch, version_offset, position)
 WHERE c.tenant = gone.tenant AND c.trip = gone.trip AND c.document IS NOT NULL
   AND (c.epoch, c.version_offset, c.position) < (gone.epoch, gone.version_offset, gone.position);

-- name: prune_changes(days, topic)!
-- Cursors before what is dropped have missed something, and are told so. What a trip that is not long over was within these
-- days is kept, however old: its traveller may have seen it last, and is told what is new since.
WITH dropped AS (
    DELETE FROM read.changes c
     WHERE c.stored_at < now() - make_interval(days => :days)
       AND NOT EXISTS (
           SELECT FROM read.trips t
            WHERE t.tenant = c.tenant AND t.id = c.trip AND t.state = 'live'
              AND t.end_date >= current_date - CAST(:days AS int)
              AND NOT EXISTS (
                  SELECT FROM read.changes later
                   WHERE later.tenant = c.tenant AND later.trip = c.trip AND later.position > c.position
                     AND later.stored_at < now() - make_interval(days => :days)))
    RETURNING partition, position, at
), last AS (
    SELECT partition, max(position) + 1 AS kept_from, max(at) AS dropped_until FROM dropped GROUP BY partition
)
UPDATE read.offsets o
   SET changes_from = greatest(o.changes_from, last.kept_from),
       dropped_until = greatest(o.dropped_until, last.dropped_until)
  FROM last WHERE o.topic = :topic AND o.partition = last.partition;

-- name: prune_messages(days, at_most)$
-- What became of what people said of trips is kept: the list of that asks for it, whatever its age. Several projectors drop
-- side by side, and the one does not wait for the other.
WITH old AS (
    SELECT m.ctid
      FROM read.messages m
     WHERE m.stored_at < now() - make_interval(days => :days)
       AND NOT EXISTS (SELECT FROM own.overrides o WHERE o.message::text = m.message)
     LIMIT :at_most
       FOR UPDATE SKIP LOCKED
), dropped AS (
    DELETE FROM read.messages m USING old WHERE m.ctid = old.ctid RETURNING 1
)
SELECT count(*) FROM dropped;

-- name: forget_left_answers()!
-- A projector of an earlier release, beside ours for a while, empties the document of a trip that is deleted and no more.
UPDATE read.trips SET answer = NULL, answer_facts = NULL, answer_mark = NULL
 WHERE state = 'deleted' AND answer IS NOT NULL;

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
       partition = excluded.partition, epoch = excluded.epoch, done_offset = excluded.done_offset,
       stored_at = CASE WHEN (messages.epoch, messages.done_offset) < (excluded.epoch, excluded.done_offset) THEN now()
                        ELSE messages.stored_at END
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

-- name: add_feed(tenant, feed, traveller, name, secret_sha256, zoned, at)!
INSERT INTO own.calendar_feeds (tenant, feed, traveller, name, secret_sha256, zoned, created_at)
VALUES (:tenant, CAST(:feed AS uuid), CAST(:traveller AS uuid), :name, :secret_sha256, :zoned, :at);

-- name: list_feeds(traveller)
SELECT feed::text AS feed, traveller::text AS traveller, name, zoned, created_at, rotated_at, switched_off_at, fetched_at,
       fetched_by
  FROM own.calendar_feeds
 WHERE traveller = CAST(:traveller AS uuid)
 ORDER BY created_at, feed;

-- name: rotate_feed(feed, traveller, secret_sha256, at)!
-- The old link ends at once. One that was switched off stays off.
UPDATE own.calendar_feeds SET secret_sha256 = :secret_sha256, rotated_at = :at
 WHERE feed = CAST(:feed AS uuid) AND traveller = CAST(:traveller AS uuid) AND switched_off_at IS NULL;

-- name: switch_feed_off(feed, traveller, at)!
-- The first time counts; the row stays, so that the link can answer that it is gone.
UPDATE own.calendar_feeds SET switched_off_at = coalesce(switched_off_at, :at)
 WHERE feed = CAST(:feed AS uuid) AND traveller = CAST(:traveller AS uuid);

-- name: find_feed(secret_sha256)^
SELECT feed::text AS feed, traveller::text AS traveller, name, zoned, created_at, rotated_at, switched_off_at, fetched_at,
       fetched_by
  FROM own.calendar_feeds WHERE secret_sha256 = :secret_sha256;

-- name: off_since(trips)
-- Since when what is cancelled in trips is so, the trips themselves among it: from the first version that is kept behind the
-- last in which it stood. Of a trip that lies ahead or is not long over, one is kept from before all that is pruned.
WITH version AS (
    SELECT trip, position, at, document -> 'content' AS content, document -> 'content' ->> 'status' = 'cancelled' AS is_off
      FROM read.changes
     WHERE trip = ANY (CAST(:trips AS text[])) AND document IS NOT NULL
), told AS (
    SELECT trip AS id, position, at, is_off FROM version
     UNION ALL
    SELECT segment ->> 'id', position, at, is_off OR segment ->> 'status' = 'cancelled'
      FROM version, json_array_elements(content -> 'segments') AS segment
), standing AS (
    SELECT id, max(position) AS position FROM told WHERE NOT is_off GROUP BY id
)
SELECT told.id, min(told.at) AS since
  FROM told LEFT JOIN standing USING (id)
 WHERE told.is_off AND told.position > coalesce(standing.position, -1)
 GROUP BY told.id;

-- name: note_fetch(feed, at, by)!
-- Once a minute is enough to tell who reads.
UPDATE own.calendar_feeds SET fetched_at = :at, fetched_by = :by
 WHERE feed = CAST(:feed AS uuid)
   AND (fetched_at IS NULL OR fetched_by IS DISTINCT FROM :by OR fetched_at < CAST(:at AS timestamptz) - interval '1 minute');

-- name: add_share(tenant, share, traveller, trip, secret_sha256, created_by, created_at, expires_at)!
INSERT INTO own.shares (tenant, share, traveller, trip, secret_sha256, created_by, created_at, expires_at)
VALUES (:tenant, CAST(:share AS uuid), CAST(:traveller AS uuid), CAST(:trip AS uuid), :secret_sha256, :created_by,
        :created_at, :expires_at);

-- name: list_shares(traveller, trips)
-- By any of a trip's ids: a share made before a merge is one of the trip of today.
SELECT share::text AS share, traveller::text AS traveller, trip::text AS trip, created_by, created_at, expires_at, revoked_at,
       opened_at, opened_times
  FROM own.shares
 WHERE traveller = CAST(:traveller AS uuid) AND trip = ANY (CAST(:trips AS uuid[]))
 ORDER BY created_at, share;

-- name: revoke_share(share, traveller, at)^
-- The first time counts; the row stays, so that the link can answer that it is gone.
UPDATE own.shares SET revoked_at = coalesce(revoked_at, :at)
 WHERE share = CAST(:share AS uuid) AND (CAST(:traveller AS uuid) IS NULL OR traveller = CAST(:traveller AS uuid))
RETURNING share::text AS share;

-- name: find_share(secret_sha256)^
SELECT share::text AS share, traveller::text AS traveller, trip::text AS trip, created_by, created_at, expires_at, revoked_at,
       opened_at, opened_times
  FROM own.shares WHERE secret_sha256 = :secret_sha256;

-- name: note_opening(share, at)!
UPDATE own.shares SET opened_at = :at, opened_times = opened_times + 1 WHERE share = CAST(:share AS uuid);

-- name: last_look(trips, today, traveller)^
-- By any of a trip's ids, as with shares; of trips that were merged, at the one that stands.
SELECT trip::text AS trip, epoch, version_offset, looked_at
  FROM own.looks
 WHERE traveller = CAST(:traveller AS uuid) AND trip = ANY (CAST(:trips AS uuid[]))
 ORDER BY trip = CAST(:today AS uuid) DESC, looked_at DESC
 LIMIT 1;

-- name: note_look(tenant, traveller, trip, epoch, version_offset, at)!
-- What was seen is not unseen by a form of an older page.
INSERT INTO own.looks (tenant, traveller, trip, epoch, version_offset, looked_at)
VALUES (:tenant, CAST(:traveller AS uuid), CAST(:trip AS uuid), :epoch, :version_offset, :at)
ON CONFLICT (tenant, traveller, trip) DO UPDATE
   SET epoch = excluded.epoch, version_offset = excluded.version_offset, looked_at = excluded.looked_at
 WHERE (looks.epoch, looks.version_offset) < (excluded.epoch, excluded.version_offset);

-- name: add_people_opening(tenant, opening, by, at, on_date, place, taken_away)!
-- A list that is taken away page by page is one opening.
INSERT INTO own.people_openings (tenant, opening, opened_by, opened_at, on_date, place, taken_away)
VALUES (:tenant, CAST(:opening AS uuid), :by, :at, :on_date, :place, :taken_away)
ON CONFLICT DO NOTHING;

-- name: add_people_shown(tenant, opening, travellers)!
-- Of whom the directory knows: who was erased a moment ago is not written down again.
INSERT INTO own.people_shown (tenant, opening, traveller)
SELECT :tenant, CAST(:opening AS uuid), t.traveller FROM own.travellers t
 WHERE t.traveller = ANY (CAST(:travellers AS uuid[]))
ON CONFLICT DO NOTHING;

-- name: list_people_openings(traveller, wanted)
SELECT o.opened_by, o.opened_at, o.on_date, o.place, o.taken_away
  FROM own.people_shown s JOIN own.people_openings o USING (tenant, opening)
 WHERE s.traveller = CAST(:traveller AS uuid)
 ORDER BY o.opened_at DESC, o.opening
 LIMIT :wanted;

-- name: prune_people_openings(days)!
DELETE FROM own.people_openings WHERE opened_at < now() - make_interval(days => :days);

-- name: find_version(trip, epoch, version_offset)$
-- A trip as it was, for as long as changes are kept.
SELECT document FROM read.changes
 WHERE trip = :trip AND epoch = :epoch AND version_offset = :version_offset
 LIMIT 1;
