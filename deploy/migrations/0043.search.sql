-- Search over places, vendors, locators and names; lists of a state that do not walk all the others.
-- depends: 0042.calendar_feeds 0010.concur-list

-- Made by the database from the document, so that whoever writes a row cannot forget them.
ALTER TABLE read.trips ADD COLUMN words tsvector GENERATED ALWAYS AS (
    jsonb_to_tsvector('simple',
        jsonb_path_query_array(document::jsonb, '$.content.name')
        || jsonb_path_query_array(document::jsonb, '$.content.segments[*].origin.*')
        || jsonb_path_query_array(document::jsonb, '$.content.segments[*].destination.*')
        || jsonb_path_query_array(document::jsonb, '$.content.segments[*].place.*')
        || jsonb_path_query_array(document::jsonb, '$.content.segments[*].name')
        || jsonb_path_query_array(document::jsonb, '$.content.segments[*].vendor')
        || jsonb_path_query_array(document::jsonb, '$.content.segments[*].vendor_name')
        || jsonb_path_query_array(document::jsonb, '$.content.segments[*].carrier')
        || jsonb_path_query_array(document::jsonb, '$.content.segments[*].carrier_name')
        || jsonb_path_query_array(document::jsonb, '$.content.segments[*].flight_number')
        || jsonb_path_query_array(document::jsonb, '$.content.segments[*].train_number')
        || jsonb_path_query_array(document::jsonb, '$.content.segments[*].confirmation_numbers[*].value')
        || jsonb_path_query_array(document::jsonb, '$.content.bookings[*].booking_source')
        || jsonb_path_query_array(document::jsonb, '$.content.bookings[*].record_locator'),
        '["string"]')
    -- So that the index itself tells tenants and travellers apart.
    || array_to_tsvector(ARRAY['tenant:' || tenant, 'traveller:' || traveller])
) STORED;

ALTER TABLE read.trips ADD COLUMN places tsvector GENERATED ALWAYS AS (
    jsonb_to_tsvector('simple',
        jsonb_path_query_array(document::jsonb, '$.content.segments[*].origin.*')
        || jsonb_path_query_array(document::jsonb, '$.content.segments[*].destination.*')
        || jsonb_path_query_array(document::jsonb, '$.content.segments[*].place.*'),
        '["string"]')
) STORED;

ALTER TABLE read.trips ADD COLUMN sources jsonb GENERATED ALWAYS AS (
    jsonb_path_query_array(document::jsonb, '$.content.bookings[*].source')
) STORED;

CREATE INDEX trips_by_word ON read.trips USING gin (words) WHERE state = 'live';
CREATE INDEX open_trips_by_start ON read.trips (tenant, listed_on, id) WHERE state = 'live' AND NOT completed;
CREATE INDEX expensable_trips_by_start ON read.trips (tenant, listed_on, id) WHERE state = 'live' AND expense_ready;

-- Under row-level security no index serves an operator that is not leakproof, and matching words is not. So the
-- one function below looks, as a role that sees every row and may do nothing else, and keeps to the tenant.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'itinerary_search') THEN
        CREATE ROLE itinerary_search NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'itinerary_search', 'SET') THEN
        GRANT itinerary_search TO CURRENT_USER;
    END IF;
END
$$;
GRANT USAGE, CREATE ON SCHEMA read TO itinerary_search;
GRANT SELECT (tenant, id, traveller, state, words) ON read.trips TO itinerary_search;
CREATE POLICY search ON read.trips FOR SELECT TO itinerary_search USING (true);

-- The last word may be the beginning of one: people search while they type.
CREATE FUNCTION read.trips_with_words(wanted text, traveller_wanted text) RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.id
      FROM read.trips t,
           (SELECT nullif(plainto_tsquery('simple', wanted)::text, '') || ':*' AS said) q
     WHERE t.state = 'live'
       AND t.words @@ (q.said::tsquery
                       && (quote_literal('tenant:' || current_setting('itinerary.tenant', true)))::tsquery
                       && CASE WHEN traveller_wanted IS NULL THEN ''::tsquery
                               ELSE quote_literal('traveller:' || traveller_wanted)::tsquery END)
       AND t.tenant = current_setting('itinerary.tenant', true)
       AND (traveller_wanted IS NULL OR t.traveller = traveller_wanted)
$$;
ALTER FUNCTION read.trips_with_words OWNER TO itinerary_search;
REVOKE CREATE ON SCHEMA read FROM itinerary_search;
REVOKE ALL ON FUNCTION read.trips_with_words FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read.trips_with_words TO itinerary_query;
