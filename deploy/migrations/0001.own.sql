-- What people entered. Schema `own` is backed up; schema `read` can be thrown away and rebuilt.

-- Processes connect with a login of the operator's choice and then SET ROLE to one of these, which own
-- no table: row-level security does not bind a table's owner unless forced, and never a superuser.
DO $$
DECLARE
    process_role text;
BEGIN
    FOREACH process_role IN ARRAY ARRAY['itinerary_ingest', 'itinerary_query', 'itinerary_projector'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = process_role) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', process_role);
        END IF;
        -- So that a login that is no superuser may SET ROLE; a superuser needs no grant.
        IF NOT pg_has_role(current_user, process_role, 'SET') THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', process_role);
        END IF;
    END LOOP;
END
$$;

CREATE SCHEMA own;

CREATE TABLE own.tenants (
    tenant text PRIMARY KEY CHECK (tenant ~ '^[a-z0-9][a-z0-9-]{0,62}$')
);

CREATE TABLE own.travellers (
    tenant text NOT NULL REFERENCES own.tenants,
    traveller uuid NOT NULL,
    first_name text,
    last_name text,
    -- What the person is allowed in the company, such as 'travel_admin'.
    roles text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant, traveller)
);

CREATE TABLE own.traveller_logins (
    tenant text NOT NULL,
    -- Case-folded: one person must not become two because a client writes the login differently.
    login text NOT NULL,
    traveller uuid NOT NULL,
    PRIMARY KEY (tenant, login),
    FOREIGN KEY (tenant, traveller) REFERENCES own.travellers ON DELETE CASCADE
);
CREATE INDEX traveller_logins_by_traveller ON own.traveller_logins (tenant, traveller);

CREATE TABLE own.traveller_addresses (
    tenant text NOT NULL,
    -- Case-folded, and verified: whoever mails from it speaks for the traveller.
    address text NOT NULL,
    traveller uuid NOT NULL,
    PRIMARY KEY (tenant, address),
    FOREIGN KEY (tenant, traveller) REFERENCES own.travellers ON DELETE CASCADE
);
CREATE INDEX traveller_addresses_by_traveller ON own.traveller_addresses (tenant, traveller);

CREATE TABLE own.senders (
    tenant text NOT NULL REFERENCES own.tenants,
    -- The client id in the token, or the CloudEvents source of a trusted feed.
    client text NOT NULL,
    -- Parties named like the traveller's own sources would take over the traveller's records.
    party text NOT NULL CHECK (lower(party) NOT IN ('traveller', 'email', 'tripit')),
    source text NOT NULL
        CHECK (source IN ('manual', 'tmc', 'supplier', 'booking_tool', 'tripit', 'email')),
    -- NULL means any.
    travel_types text[],
    booking_sources text[],
    trusted_feed boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant, client)
);

-- A query that forgets its tenant sees nothing: current_setting gives NULL or '' then, and no tenant
-- is called that. Forced, so that a login that owns the tables is bound as well.
ALTER TABLE own.tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.tenants USING (tenant = current_setting('itinerary.tenant', true));
ALTER TABLE own.travellers ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.travellers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.travellers USING (tenant = current_setting('itinerary.tenant', true));
ALTER TABLE own.traveller_logins ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.traveller_logins FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.traveller_logins USING (tenant = current_setting('itinerary.tenant', true));
ALTER TABLE own.traveller_addresses ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.traveller_addresses FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.traveller_addresses USING (tenant = current_setting('itinerary.tenant', true));
ALTER TABLE own.senders ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.senders FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.senders USING (tenant = current_setting('itinerary.tenant', true));

GRANT USAGE ON SCHEMA own TO itinerary_ingest, itinerary_query;
GRANT SELECT ON ALL TABLES IN SCHEMA own TO itinerary_ingest;
-- The query service turns logins into travellers and back, and clients into parties.
GRANT SELECT ON own.travellers, own.traveller_logins, own.senders TO itinerary_query;
