-- A trip in JSON as whoever sees all of it reads it, written by the projector when it stores the trip.
-- depends: 0071.erasures 0045.shares

-- Text and not json: it is sent as it stands and never looked into. A release that does not know these columns leaves
-- them as they are, so the mark says what they were written from: the form of the release, version and content. Where
-- that is not what the row has now, readers take the document.
ALTER TABLE read.trips ADD COLUMN answer text, ADD COLUMN answer_facts text, ADD COLUMN answer_mark text;

-- A list takes them as well. Whoever names the attributes that there were before finds them where they were.
-- What has the words is an array now, and so a condition of an index: as a sub-select behind an OR it was a filter, for
-- which a search read the trips of the company in the order of the list, all of them where few had the words.
ALTER TYPE read.listed_trip
    ADD ATTRIBUTE start_date date, ADD ATTRIBUTE epoch bigint, ADD ATTRIBUTE version_offset bigint,
    ADD ATTRIBUTE content_hash text, ADD ATTRIBUTE answer text, ADD ATTRIBUTE answer_mark text;
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
