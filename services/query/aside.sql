-- A second copy of the tables of trips, in the schema `aside`: made from the log, compared, and exchanged for those that
-- are shown. Only `read.trips` and `read.aliases` are computed; the other tables of `read` are journals of what the log
-- said, which the log does not keep for ever.

-- name: make#
-- Everything that the shown tables have, whatever migrations gave them: columns, checks, indexes by their names, row-level
-- security, policies, and who may do what. The copy must be able to stand in their place.
DROP SCHEMA IF EXISTS aside CASCADE;
CREATE SCHEMA aside;
COMMENT ON SCHEMA aside IS 'unfinished';
GRANT USAGE ON SCHEMA aside TO itinerary_projector;
CREATE TABLE aside.offsets (LIKE read.offsets INCLUDING ALL);
GRANT SELECT, INSERT, UPDATE ON aside.offsets TO itinerary_projector;
DO $$
DECLARE
    copied text;
    part record;
BEGIN
    FOREACH copied IN ARRAY ARRAY['trips', 'aliases'] LOOP
        EXECUTE format('CREATE TABLE aside.%I (LIKE read.%I INCLUDING ALL EXCLUDING INDEXES)', copied, copied);
        FOR part IN SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
                     WHERE conrelid = format('read.%I', copied)::regclass AND contype = 'p' LOOP
            EXECUTE format('ALTER TABLE aside.%I ADD CONSTRAINT %I %s', copied, part.conname, part.definition);
        END LOOP;
        FOR part IN SELECT replace(pg_get_indexdef(indexrelid), ' ON read.', ' ON aside.') AS definition FROM pg_index
                     WHERE indrelid = format('read.%I', copied)::regclass AND NOT indisprimary LOOP
            EXECUTE part.definition;
        END LOOP;
        EXECUTE format('ALTER TABLE aside.%I ENABLE ROW LEVEL SECURITY', copied);
        EXECUTE format('ALTER TABLE aside.%I FORCE ROW LEVEL SECURITY', copied);
        FOR part IN SELECT * FROM pg_policies WHERE schemaname = 'read' AND tablename = copied LOOP
            EXECUTE format('CREATE POLICY %I ON aside.%I AS %s FOR %s TO %s', part.policyname, copied, part.permissive,
                           part.cmd, array_to_string(part.roles, ', '))
                || coalesce(' USING (' || part.qual || ')', '')
                || coalesce(' WITH CHECK (' || part.with_check || ')', '');
        END LOOP;
        FOR part IN SELECT privilege_type AS privilege, '' AS columns, grantee
                      FROM pg_class, aclexplode(relacl) WHERE oid = format('read.%I', copied)::regclass
                     UNION ALL
                    SELECT privilege_type, format('(%I)', attname), grantee
                      FROM pg_attribute, aclexplode(attacl) WHERE attrelid = format('read.%I', copied)::regclass LOOP
            EXECUTE format('GRANT %s %s ON aside.%I TO %s', part.privilege, part.columns, copied,
                           CASE part.grantee WHEN 0 THEN 'PUBLIC' ELSE part.grantee::regrole::text END);
        END LOOP;
    END LOOP;
END
$$;

-- name: drop#
DROP SCHEMA IF EXISTS aside CASCADE;

-- name: finish#
COMMENT ON SCHEMA aside IS 'built';

-- name: kind()$
-- What stands aside: NULL where nothing does, 'unfinished', 'built' from the log, or 'before': shown until a cut over.
SELECT obj_description(to_regnamespace('aside')::oid, 'pg_namespace');

-- name: only_one(number)$
-- Held until the session ends, however it ends.
SELECT pg_try_advisory_lock(:number);

-- name: columns_differ()$
-- A migration that came in between changed one copy only.
WITH columns AS (
    SELECT n.nspname AS copy, c.relname AS of, a.attnum AS place, a.attname AS name, a.atttypid AS type
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relname IN ('trips', 'aliases') AND a.attnum > 0 AND NOT a.attisdropped
)
SELECT EXISTS (SELECT of, name, type FROM columns WHERE copy = 'read'
               EXCEPT SELECT of, name, type FROM columns WHERE copy = 'aside')
    OR EXISTS (SELECT of, name, type FROM columns WHERE copy = 'aside'
               EXCEPT SELECT of, name, type FROM columns WHERE copy = 'read');

-- name: offsets_of_both(topic)
-- Of a partition that one copy does not know, NULL.
SELECT partition, l.next_offset AS shown, s.next_offset AS aside
  FROM (SELECT partition, next_offset FROM read.offsets WHERE topic = :topic) AS l
  FULL JOIN (SELECT partition, next_offset FROM aside.offsets WHERE topic = :topic) AS s USING (partition)
 ORDER BY partition;

-- name: compare_trips(tenants, ids, wanted)
-- Whether a sweeper asked for a trip is no part of it, nor the partition where a row is older than that column. NULL for
-- tenants and ids: all rows.
SELECT tenant, coalesce(l.traveller, s.traveller) AS traveller, id,
       CASE WHEN l.id IS NULL THEN 'not shown' WHEN s.id IS NULL THEN 'shown, but not on the log' ELSE 'shown otherwise' END AS finding
  FROM read.trips AS l
  FULL JOIN aside.trips AS s USING (tenant, id)
 WHERE ((l.traveller, l.epoch, l.version_offset, l.state, l.modified, l.document::text, l.content_hash, l.start_date, l.end_date,
        l.status, l.completed, l.expense_ready, l.created, l.segment_types, l.virtual, l.due_at,
        CASE WHEN least(l.partition, s.partition) < 0 THEN -1 ELSE l.partition END)
       IS DISTINCT FROM
       (s.traveller, s.epoch, s.version_offset, s.state, s.modified, s.document::text, s.content_hash, s.start_date, s.end_date,
        s.status, s.completed, s.expense_ready, s.created, s.segment_types, s.virtual, s.due_at,
        CASE WHEN least(l.partition, s.partition) < 0 THEN -1 ELSE s.partition END)
        -- An answer of another form, or none, is what a release before this one left.
        OR l.answer_mark = s.answer_mark AND (l.answer, l.answer_facts) IS DISTINCT FROM (s.answer, s.answer_facts))
   AND (CAST(:ids AS text[]) IS NULL
        OR (tenant, id) IN (SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS text[]))))
 ORDER BY tenant, id
 LIMIT :wanted;

-- name: compare_aliases(tenants, ids, wanted)
-- An id that leads nowhere any more, because its trip was deleted and forgotten, is none that the log still tells of.
SELECT tenant, (SELECT t.traveller FROM aside.trips t WHERE t.tenant = a.tenant AND t.id = a.goal) AS traveller, alias AS id,
       'leads elsewhere' AS finding
  FROM (SELECT tenant, alias, coalesce(s.trip, l.trip) AS goal
          FROM read.aliases AS l FULL JOIN aside.aliases AS s USING (tenant, alias)
         WHERE l.trip IS DISTINCT FROM s.trip) AS a
 WHERE EXISTS (SELECT FROM aside.trips t WHERE t.tenant = a.tenant AND t.id = a.goal)
   AND (CAST(:ids AS text[]) IS NULL
        OR (tenant, alias) IN (SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS text[]))))
 ORDER BY tenant, alias
 LIMIT :wanted;

-- name: freeze#
-- What is shown stands still: a projector waits for this lock before it holds any other. Readers do not notice. Shorter
-- than the time after which PostgreSQL looks for deadlocks, so that it is never another who has to give way.
SET LOCAL lock_timeout = '900ms';
LOCK TABLE read.offsets IN EXCLUSIVE MODE;

-- name: this_moment()$
-- Whoever looks at the database from a later moment sees whatever was committed before.
SELECT pg_current_xact_id()::xid::text;

-- name: count_older_looks(moment)$
-- Sessions that still look at the database as it was before: they would find the other copy as it was then. Not those
-- who wait to lock offsets, which would not end before this does: with the look that a projector waits with it reads its
-- offsets alone, and looks anew before it does anything to trips. What writes offsets at once may read trips with it.
SELECT count(*)
  FROM pg_stat_activity AS a
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
   AND age(backend_xmin) >= age(CAST(CAST(:moment AS text) AS xid))
   AND NOT EXISTS (SELECT FROM pg_locks AS l
                    WHERE l.pid = a.pid AND NOT l.granted AND l.mode = 'RowShareLock'
                      AND l.relation = 'read.offsets'::regclass);

-- name: exchange#
-- At once for everybody, whoever is in the middle of reading included: they hold locks, and this waits for them. Both
-- copies are at the same offsets now; each goes on from there.
LOCK TABLE read.offsets, read.trips, read.aliases, aside.trips, aside.aliases IN ACCESS EXCLUSIVE MODE;
CREATE SCHEMA leaving;
ALTER TABLE read.trips SET SCHEMA leaving;
ALTER TABLE read.aliases SET SCHEMA leaving;
ALTER TABLE aside.trips SET SCHEMA read;
ALTER TABLE aside.aliases SET SCHEMA read;
ALTER TABLE leaving.trips SET SCHEMA aside;
ALTER TABLE leaving.aliases SET SCHEMA aside;
DROP SCHEMA leaving;
DO $$
BEGIN
    EXECUTE format('COMMENT ON SCHEMA aside IS %L',
                   CASE obj_description('aside'::regnamespace::oid, 'pg_namespace') WHEN 'built' THEN 'before' ELSE 'built' END);
END
$$;
