-- Lists as they are asked for most are planned once for each connection, not at each question: planning took longer than reading.
-- depends: 0080.reading-at-once

-- Last, so that whoever names the attributes that there were before finds them where they were.
ALTER TYPE read.listed_trip ADD ATTRIBUTE traveller text;
CREATE OR REPLACE FUNCTION read.trips_matching(
    for_traveller text, with_cancelled boolean, with_virtual boolean, starting_until date, ending_from date,
    ending_until date, modified_since timestamptz, created_since timestamptz, created_before timestamptz,
    segment_type text, words_wanted text, place_wanted text, source_wanted text, state_wanted text, today date
) RETURNS SETOF read.listed_trip
    LANGUAGE sql STABLE
AS $$
    SELECT t.tenant, t.id, t.listed_on, t.document, t.start_date, t.epoch, t.version_offset, t.content_hash, t.answer,
           t.answer_mark, t.traveller
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

-- As before, but for the plans. A plan that is kept knows no values, so a filter that may be left out cannot choose an index:
-- there is a plan for each index that is chosen by what is asked, and the other filters are conditions within it. Words name
-- trips, a traveller has few, and a whole company is read in the order of the list. A company filtered by anything else is
-- planned anew each time, so that what is not asked for is no condition and a state's own index serves. Stable, so that all of
-- it looks at one state of the database.
CREATE OR REPLACE FUNCTION read.list_sent(
    of_tenant text, to_login text, for_traveller text, with_cancelled boolean, with_virtual boolean, starting_until date,
    ending_from date, ending_until date, modified_since timestamptz, created_since timestamptz, created_before timestamptz,
    segment_type text, words_wanted text, place_wanted text, source_wanted text, state_wanted text, today date, after_id text,
    after_start date, wanted int, in_form int
) RETURNS TABLE (trips text, is_whole boolean, last_id text, last_start date)
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    reach text := for_traveller;
    from_day date := CASE WHEN after_id IS NULL THEN '-infinity' ELSE coalesce(after_start, 'infinity') END;
    from_id text := coalesce(after_id, '');
BEGIN
    PERFORM set_config('itinerary.tenant', of_tenant, true), set_config('plan_cache_mode', 'force_generic_plan', true);
    IF to_login IS NOT NULL THEN
        reach := coalesce((SELECT l.traveller::text FROM own.traveller_logins l WHERE l.login = to_login), '');
    END IF;
    IF words_wanted IS NOT NULL THEN
        -- Id by id (OFFSET 0 holds the planner to it): how many trips this tenant has is not known to the plan, and where most
        -- have few it would go through all of them.
        RETURN QUERY
        SELECT string_agg(p.answer, ',' ORDER BY p.place) FILTER (WHERE p.place <= wanted),
               coalesce(bool_and(p.is_written) FILTER (WHERE p.place <= wanted), true),
               CASE WHEN count(*) > wanted THEN max(p.id) FILTER (WHERE p.place = wanted) END,
               CASE WHEN count(*) > wanted THEN max(p.start_date) FILTER (WHERE p.place = wanted) END
          FROM (SELECT m.id, m.start_date, m.answer, row_number() OVER (ORDER BY m.listed_on, m.id) AS place,
                       m.answer_mark IS NOT DISTINCT FROM
                       concat_ws(' ', in_form, m.epoch, m.version_offset, m.content_hash) AS is_written
                  FROM read.trips_with_words(words_wanted, reach) AS named (id),
                       LATERAL (SELECT *
                                  FROM read.trips_matching(reach, with_cancelled, with_virtual, starting_until, ending_from,
                                                           ending_until, modified_since, created_since, created_before,
                                                           segment_type, NULL, place_wanted, source_wanted, state_wanted,
                                                           today) t
                                 WHERE t.id = named.id
                                OFFSET 0) m
                 WHERE (m.listed_on, m.id) > (from_day, from_id)
                 ORDER BY m.listed_on, m.id
                 LIMIT wanted + 1) p;
    ELSIF reach IS NOT NULL THEN
        RETURN QUERY
        SELECT string_agg(p.answer, ',' ORDER BY p.place) FILTER (WHERE p.place <= wanted),
               coalesce(bool_and(p.is_written) FILTER (WHERE p.place <= wanted), true),
               CASE WHEN count(*) > wanted THEN max(p.id) FILTER (WHERE p.place = wanted) END,
               CASE WHEN count(*) > wanted THEN max(p.start_date) FILTER (WHERE p.place = wanted) END
          FROM (SELECT m.id, m.start_date, m.answer, row_number() OVER (ORDER BY m.listed_on, m.id) AS place,
                       m.answer_mark IS NOT DISTINCT FROM
                       concat_ws(' ', in_form, m.epoch, m.version_offset, m.content_hash) AS is_written
                  FROM read.trips_matching(NULL, with_cancelled, with_virtual, starting_until, ending_from, ending_until,
                                           modified_since, created_since, created_before, segment_type, NULL, place_wanted,
                                           source_wanted, state_wanted, today) m
                 WHERE m.traveller = reach AND (m.listed_on, m.id) > (from_day, from_id)
                 ORDER BY m.listed_on, m.id
                 LIMIT wanted + 1) p;
    ELSIF num_nonnulls(starting_until, ending_from, ending_until, modified_since, created_since, created_before, segment_type,
                       place_wanted, source_wanted, state_wanted) = 0 AND wanted <= 200 THEN
        -- A plan that does not know how few are wanted is made for a tenth of the company, by a sort at worst: so it is told.
        RETURN QUERY
        SELECT string_agg(p.answer, ',' ORDER BY p.place) FILTER (WHERE p.place <= wanted),
               coalesce(bool_and(p.is_written) FILTER (WHERE p.place <= wanted), true),
               CASE WHEN count(*) > wanted THEN max(p.id) FILTER (WHERE p.place = wanted) END,
               CASE WHEN count(*) > wanted THEN max(p.start_date) FILTER (WHERE p.place = wanted) END
          FROM (SELECT m.id, m.start_date, m.answer, row_number() OVER (ORDER BY m.listed_on, m.id) AS place,
                       m.answer_mark IS NOT DISTINCT FROM
                       concat_ws(' ', in_form, m.epoch, m.version_offset, m.content_hash) AS is_written
                  FROM (SELECT *
                          FROM read.trips_matching(NULL, with_cancelled, with_virtual, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                                                   NULL, NULL, NULL, NULL, NULL) t
                         WHERE (t.listed_on, t.id) > (from_day, from_id)
                         ORDER BY t.listed_on, t.id
                         LIMIT 201) m
                 ORDER BY m.listed_on, m.id
                 LIMIT wanted + 1) p;
    ELSE
        PERFORM set_config('plan_cache_mode', 'force_custom_plan', true);
        RETURN QUERY
        SELECT string_agg(p.answer, ',' ORDER BY p.place) FILTER (WHERE p.place <= wanted),
               coalesce(bool_and(p.is_written) FILTER (WHERE p.place <= wanted), true),
               CASE WHEN count(*) > wanted THEN max(p.id) FILTER (WHERE p.place = wanted) END,
               CASE WHEN count(*) > wanted THEN max(p.start_date) FILTER (WHERE p.place = wanted) END
          FROM (SELECT m.id, m.start_date, m.answer, row_number() OVER (ORDER BY m.listed_on, m.id) AS place,
                       m.answer_mark IS NOT DISTINCT FROM
                       concat_ws(' ', in_form, m.epoch, m.version_offset, m.content_hash) AS is_written
                  FROM read.trips_matching(NULL, with_cancelled, with_virtual, starting_until, ending_from, ending_until,
                                           modified_since, created_since, created_before, segment_type, NULL, place_wanted,
                                           source_wanted, state_wanted, today) m
                 WHERE (m.listed_on, m.id) > (from_day, from_id)
                 ORDER BY m.listed_on, m.id
                 LIMIT wanted + 1) p;
    END IF;
END
$$;
