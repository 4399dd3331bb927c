-- The read model: what the projector makes of trips.v1 and the query service shows.
-- Disposable: truncate every table here and the projector fills it again from the log.
-- Its reader and its writer are roles of 0001 that own nothing, so that row-level security holds for both.
-- depends: 0001.own

CREATE SCHEMA read;

-- One row for each trip id that was ever the key of a value on trips.v1. A redirect or a deletion keeps
-- its row, without a document, so that an older value which arrives late cannot bring the trip back.
CREATE TABLE read.trips (
    tenant text NOT NULL,
    id text COLLATE "C" NOT NULL,
    traveller text NOT NULL,
    -- The version: (epoch, offset on bookings.v1 of the input that changed the trip).
    epoch bigint NOT NULL,
    version_offset bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('live', 'redirect', 'deleted')),
    -- json and not jsonb: the text is kept byte for byte, so that `verify` can compare it with the log.
    document json,
    content_hash text,
    start_date date,
    -- Where a list has it; an undated trip stands at the end. A column of its own because under row-level
    -- security an index serves only leakproof operators, and coalesce() in a condition is not taken for one.
    listed_on date NOT NULL GENERATED ALWAYS AS (coalesce(start_date, 'infinity'::date)) STORED,
    end_date date,
    status text,
    completed boolean,
    expense_ready boolean,
    modified timestamptz NOT NULL,
    created timestamptz,
    PRIMARY KEY (tenant, id),
    CHECK ((state = 'live') = (document IS NOT NULL))
);

-- The order of every list. The tenant comes first because the row-level policy asks for it in every query.
CREATE INDEX trips_by_traveller ON read.trips (tenant, traveller, listed_on, id) WHERE state = 'live';
CREATE INDEX trips_by_start ON read.trips (tenant, listed_on, id) WHERE state = 'live';
CREATE INDEX trips_by_modification ON read.trips (tenant, modified) WHERE state = 'live';
-- A tombstone on trips.v1 names the id alone.
CREATE INDEX deleted_trips ON read.trips (id) WHERE state = 'deleted';

-- Which trip an id answers to: a live or deleted trip to itself and to each of its other ids, a redirect to
-- the trip it went into. The newest statement about an id wins, whichever trip made it. Following the
-- rows from any id ends at the one that stands for itself, so every id has exactly one trip of today.
CREATE TABLE read.aliases (
    tenant text NOT NULL,
    alias text COLLATE "C" NOT NULL,
    trip text COLLATE "C" NOT NULL,
    epoch bigint NOT NULL,
    version_offset bigint NOT NULL,
    PRIMARY KEY (tenant, alias)
);

-- How far bookings.v1 is done: the last offset whose effects are in these tables. Readers who wait for
-- their own write wait for this. Holds nothing of a tenant's.
CREATE TABLE read.progress (
    partition bigint PRIMARY KEY,
    epoch bigint NOT NULL,
    done_offset bigint NOT NULL
);

-- Where the projector goes on reading: written in one transaction with the rows, and locked by it, so that of
-- two projectors that both believe to have a partition neither can go back behind the other.
CREATE TABLE read.offsets (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);

-- What became of each statement of a message. A statement that was refused before it had a record key
-- stands under the empty record.
CREATE TABLE read.messages (
    tenant text NOT NULL,
    message text COLLATE "C" NOT NULL,
    record text COLLATE "C" NOT NULL,
    traveller text NOT NULL,
    result text NOT NULL,
    reason text,
    trip text COLLATE "C",
    partition bigint NOT NULL,
    epoch bigint NOT NULL,
    done_offset bigint NOT NULL,
    PRIMARY KEY (tenant, message, record)
);

-- Forced, so that even the tables' owner sees only one tenant at a time. Where the setting is absent the
-- comparison is NULL and no row is visible. The sub-select makes it evaluated once a query.
DO $$
DECLARE
    of_tenants text;
BEGIN
    FOREACH of_tenants IN ARRAY ARRAY['trips', 'aliases', 'messages'] LOOP
        EXECUTE format('ALTER TABLE read.%I ENABLE ROW LEVEL SECURITY', of_tenants);
        EXECUTE format('ALTER TABLE read.%I FORCE ROW LEVEL SECURITY', of_tenants);
        EXECUTE format(
            'CREATE POLICY one_tenant ON read.%I FOR SELECT TO itinerary_query'
            ' USING (tenant = (SELECT current_setting(''itinerary.tenant'', true)))', of_tenants);
        EXECUTE format(
            'CREATE POLICY projection ON read.%I FOR ALL TO itinerary_projector'
            ' USING (true) WITH CHECK (true)', of_tenants);
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA read TO itinerary_query, itinerary_projector;
GRANT SELECT ON read.trips, read.aliases, read.messages, read.progress TO itinerary_query;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON read.trips, read.aliases, read.messages, read.progress, read.offsets TO itinerary_projector;

-- The directory tells a login's traveller and a client's party; the query service reads it and no more.
GRANT USAGE ON SCHEMA own TO itinerary_query;
GRANT SELECT ON own.travellers, own.traveller_logins, own.senders TO itinerary_query;
