-- Accounts that travellers have at TripIt: what opens them, sealed, and how far they were followed.
-- depends: 0001.own

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'itinerary_tripit') THEN
        CREATE ROLE itinerary_tripit NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'itinerary_tripit', 'SET') THEN
        EXECUTE 'GRANT itinerary_tripit TO CURRENT_USER';
    END IF;
END
$$;

-- A company's own key at TripIt; without a row the system's own serves, if there is one.
CREATE TABLE own.tripit_consumers (
    tenant text PRIMARY KEY REFERENCES own.tenants ON DELETE CASCADE,
    sealed text NOT NULL
);

CREATE TABLE own.tripit_accounts (
    tenant text NOT NULL,
    traveller uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('api', 'feed')),
    state text NOT NULL CHECK (state IN ('connected', 'revoked', 'leaving')),
    -- The token and its secret, or the feed's address: encrypted, and bound to this row.
    sealed text NOT NULL,
    -- Of the token: notifications name it, and nothing else of theirs is believed.
    token_hash text UNIQUE,
    connected_at timestamptz NOT NULL DEFAULT now(),
    -- What was told so far (`Known`); json and not jsonb, because it is only written and read as a whole.
    known json NOT NULL DEFAULT '{}',
    etag text,
    poll_at timestamptz NOT NULL DEFAULT now(),
    sweep_at timestamptz NOT NULL DEFAULT now(),
    -- The earliest of poll, sweep and hints, or the end of a pause after trouble.
    due_at timestamptz NOT NULL DEFAULT now(),
    leased_until timestamptz,
    -- Greater with every visit, and never smaller than the clock in microseconds, so that it goes on growing
    -- when an account is connected anew or the schema comes from a backup. It is the visit's revision.
    lease bigint NOT NULL DEFAULT 0,
    succeeded_at timestamptz,
    failures integer NOT NULL DEFAULT 0,
    trouble text,
    PRIMARY KEY (tenant, traveller),
    FOREIGN KEY (tenant, traveller) REFERENCES own.travellers ON DELETE CASCADE
);
CREATE INDEX tripit_accounts_by_due ON own.tripit_accounts (due_at) WHERE state <> 'revoked';

-- Trips that a notification named. One row a trip: TripIt says nothing more of it for ten minutes, so it is
-- looked at once more after those.
CREATE TABLE own.tripit_hints (
    tenant text NOT NULL,
    traveller uuid NOT NULL,
    trip text NOT NULL,
    due_at timestamptz NOT NULL DEFAULT now(),
    again_at timestamptz,
    -- New with every notification: one that comes during a visit is not done with it.
    serial bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (tenant, traveller, trip),
    FOREIGN KEY (tenant, traveller) REFERENCES own.tripit_accounts ON DELETE CASCADE
);

-- Travellers who were sent to TripIt to agree, until they come back.
CREATE TABLE own.tripit_authorisations (
    request_hash text PRIMARY KEY,
    tenant text NOT NULL,
    traveller uuid NOT NULL,
    sealed text NOT NULL,
    expires_at timestamptz NOT NULL,
    FOREIGN KEY (tenant, traveller) REFERENCES own.travellers ON DELETE CASCADE
);
CREATE INDEX tripit_authorisations_by_traveller ON own.tripit_authorisations (tenant, traveller);

DO $$
DECLARE
    the_table text;
BEGIN
    FOREACH the_table IN ARRAY ARRAY[
        'tripit_consumers', 'tripit_accounts', 'tripit_hints', 'tripit_authorisations'
    ] LOOP
        EXECUTE format('ALTER TABLE own.%I ENABLE ROW LEVEL SECURITY', the_table);
        EXECUTE format('ALTER TABLE own.%I FORCE ROW LEVEL SECURITY', the_table);
        EXECUTE format(
            'CREATE POLICY one_tenant ON own.%I TO itinerary_ingest '
            'USING (tenant = current_setting(''itinerary.tenant'', true))', the_table);
        -- It follows the accounts of all tenants, and holds no credentials of the API.
        EXECUTE format('CREATE POLICY following ON own.%I TO itinerary_tripit USING (true)', the_table);
    END LOOP;
END
$$;

-- A notification and a traveller who comes back from TripIt name no tenant, only a token: whoever knows it
-- finds the one row that is its.
CREATE POLICY by_token ON own.tripit_accounts FOR SELECT TO itinerary_ingest
    USING (token_hash = current_setting('itinerary.tripit_token', true));
CREATE POLICY by_token ON own.tripit_authorisations FOR SELECT TO itinerary_ingest
    USING (request_hash = current_setting('itinerary.tripit_token', true));

GRANT USAGE ON SCHEMA own TO itinerary_tripit;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON own.tripit_consumers, own.tripit_accounts, own.tripit_hints, own.tripit_authorisations
    TO itinerary_ingest, itinerary_tripit;
