ALTER TYPE read.listed_trip DROP ATTRIBUTE traveller;
CREATE OR REPLACE FUNCTION read.trips_matching(
    for_traveller text, with_cancelled boolean, with_virtual boolean, starting_until date, ending_from date,
    ending_until date, modified_since timestamptz, created_since timestamptz, created_before timestamptz,
    segment_type text, words_wanted text, place_wanted text, source_wanted text, state_wanted text, today date
) RETURNS SETOF read.listed_trip
    LANGUAGE sql STABLE
AS $$
    SELECT t.tenant, t.id, t.listed_on, t.document, t.start_date, t.epoch, t.version_offset, t.content_hash, t.answer,
           t.answer_mark
      FROM read.trips t
     WHERE t.state = 'live'
       AND (for_traveller IS NULL OR t.traveller = for_traveller)
       AND (t.status <> 'cancelled' OR with_cancelled)
       AND (NOT t.virtual OR with_virtual)
       AND (starting_until IS NULL OR t.start_date <= starting_until)
       AND (ending_from IS NULL OR t.end_date >= ending_from)
       AND (ending_until IS NULL OR t.end_date <= ending_until)
       AND (modified_since IS NULL OR t.modified >= modified_since)
       AND (created_since IS NULL OR t.created >= created_since)
       AND (created_before IS NULL OR t.created < created_before)
       AND (segment_type IS NULL OR segment_type = ANY (t.segment_types))
       AND (words_wanted IS NULL OR t.id = ANY (ARRAY(SELECT read.trips_with_words(words_wanted, for_traveller))))
       AND (place_wanted IS NULL OR t.places @@ plainto_tsquery('simple', place_wanted))
       AND (source_wanted IS NULL OR t.sources ? source_wanted)
       AND CASE state_wanted
           WHEN 'upcoming' THEN NOT t.completed AND coalesce(t.start_date > today, true)
           WHEN 'ongoing' THEN NOT t.completed AND t.start_date <= today
           WHEN 'completed' THEN t.completed
           WHEN 'ready_to_expense' THEN t.expense_ready
           WHEN 'cancelled' THEN t.status = 'cancelled'
           ELSE true
           END
$$;

CREATE OR REPLACE FUNCTION read.list_sent(
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
