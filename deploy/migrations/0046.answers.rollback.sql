ALTER TYPE read.listed_trip
    DROP ATTRIBUTE start_date, DROP ATTRIBUTE epoch, DROP ATTRIBUTE version_offset, DROP ATTRIBUTE content_hash,
    DROP ATTRIBUTE answer, DROP ATTRIBUTE answer_mark;
CREATE OR REPLACE FUNCTION read.trips_matching(
    for_traveller text, with_cancelled boolean, with_virtual boolean, starting_until date, ending_from date,
    ending_until date, modified_since timestamptz, created_since timestamptz, created_before timestamptz,
    segment_type text, words_wanted text, place_wanted text, source_wanted text, state_wanted text, today date
) RETURNS SETOF read.listed_trip
    LANGUAGE sql STABLE
AS $$
    SELECT t.tenant, t.id, t.listed_on, t.document
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
       AND (words_wanted IS NULL OR t.id IN (SELECT read.trips_with_words(words_wanted, for_traveller)))
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
ALTER TABLE read.trips DROP COLUMN answer, DROP COLUMN answer_facts, DROP COLUMN answer_mark;
