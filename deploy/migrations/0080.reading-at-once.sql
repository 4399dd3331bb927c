-- Reads of trips in JSON as one question to the database: whose tenant it is about, who asks, and what they are sent.
-- depends: 0046.answers 0072.mails-of-travellers

-- With the rights of whoever calls them, so that row-level security binds in here as anywhere. The tenant is set for the
-- transaction, which for a statement by itself is the statement: nothing of it is left on the connection.

-- Today's trip of any id ever given. Any id leads to one trip: follow the aliases to the one that stands for itself.
-- UNION drops what was met before, so that even a wrong circle of aliases ends. The document only where nothing that was
-- written of what stands here now is asked for.
CREATE FUNCTION read.trip_sent(
    of_tenant text, to_login text, to_client text, asked_for text, answered boolean, in_form int
) RETURNS TABLE (
    party text, id text, start_date date, epoch bigint, version_offset bigint, content_hash text, answer text, facts text,
    document json
)
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('itinerary.tenant', of_tenant, true);
    RETURN QUERY
    WITH RECURSIVE chain AS (
        SELECT a.alias, a.trip FROM read.aliases a WHERE a.alias = asked_for
        UNION
        SELECT next.alias, next.trip FROM chain JOIN read.aliases next ON next.alias = chain.trip
    ), found AS (
        SELECT t.*, answered AND t.answer_mark IS NOT DISTINCT FROM
                    concat_ws(' ', in_form, t.epoch, t.version_offset, t.content_hash) AS is_written
          FROM chain
          JOIN read.trips t ON t.id = chain.trip
         WHERE chain.alias = chain.trip
           AND t.state = 'live'
           AND (to_login IS NULL
                OR t.traveller = (SELECT l.traveller::text FROM own.traveller_logins l WHERE l.login = to_login))
    )
    SELECT (SELECT s.party FROM own.senders s WHERE s.client = to_client),
           f.id, f.start_date, f.epoch, f.version_offset, f.content_hash,
           CASE WHEN f.is_written THEN f.answer END, CASE WHEN f.is_written THEN f.answer_facts END,
           CASE WHEN NOT f.is_written THEN f.document END
      FROM found f;
END
$$;

-- A page of a list as it is sent to those who see all of it, in the order of (start date, id): in one text, for PostgreSQL
-- sends a row at a time and wakes the reader for each few. Who asks by their login has their own trips alone. `is_whole` is
-- false where something in it has to be written first; `last_id` and `last_start` are NULL where no page follows. The page
-- is planned anew each time, so that what is not asked for is no condition and a state's own index serves.
CREATE FUNCTION read.list_sent(
    of_tenant text, to_login text, for_traveller text, with_cancelled boolean, with_virtual boolean, starting_until date,
    ending_from date, ending_until date, modified_since timestamptz, created_since timestamptz, created_before timestamptz,
    segment_type text, words_wanted text, place_wanted text, source_wanted text, state_wanted text, today date, after_id text,
    after_start date, wanted int, in_form int
) RETURNS TABLE (trips text, is_whole boolean, last_id text, last_start date)
    LANGUAGE plpgsql
AS $$
DECLARE
    reach text := for_traveller;
BEGIN
    PERFORM set_config('itinerary.tenant', of_tenant, true);
    IF to_login IS NOT NULL THEN
        reach := coalesce((SELECT l.traveller::text FROM own.traveller_logins l WHERE l.login = to_login), '');
    END IF;
    PERFORM set_config('plan_cache_mode', 'force_custom_plan', true);
    RETURN QUERY
    SELECT string_agg(n.answer, ',' ORDER BY n.place) FILTER (WHERE n.place <= wanted),
           coalesce(bool_and(n.is_written) FILTER (WHERE n.place <= wanted), true),
           max(n.id) FILTER (WHERE n.place = wanted AND n.count > wanted),
           max(n.start_date) FILTER (WHERE n.place = wanted AND n.count > wanted)
      FROM (SELECT p.*, row_number() OVER (ORDER BY p.listed_on, p.id) AS place, count(*) OVER () AS count
              FROM (SELECT m.id, m.listed_on, m.start_date, m.answer,
                           m.answer_mark IS NOT DISTINCT FROM
                           concat_ws(' ', in_form, m.epoch, m.version_offset, m.content_hash) AS is_written
                      FROM read.trips_matching(reach, with_cancelled, with_virtual, starting_until, ending_from, ending_until,
                                               modified_since, created_since, created_before, segment_type, words_wanted,
                                               place_wanted, source_wanted, state_wanted, today) m
                     WHERE after_id IS NULL
                        OR (m.listed_on, m.id) > (coalesce(after_start, 'infinity'::date), after_id)
                     ORDER BY m.listed_on, m.id
                     LIMIT wanted + 1) p) n;
END
$$;

REVOKE ALL ON FUNCTION read.trip_sent, read.list_sent FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read.trip_sent, read.list_sent TO itinerary_query;
