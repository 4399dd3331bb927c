-- Links by which people without an account look at one trip, until they expire or are taken back.
-- depends: 0044.listing

CREATE TABLE own.shares (
    tenant text NOT NULL REFERENCES own.tenants,
    share uuid NOT NULL,
    traveller uuid NOT NULL,
    -- Any id of the trip; it leads to the trip of today.
    trip uuid NOT NULL,
    -- The secret itself is shown once and stands nowhere.
    secret_sha256 text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    -- So that the owner sees whether it is used.
    opened_at timestamptz,
    opened_times integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, share),
    FOREIGN KEY (tenant, traveller) REFERENCES own.travellers ON DELETE CASCADE
);
CREATE UNIQUE INDEX shares_by_secret ON own.shares (tenant, secret_sha256);
CREATE INDEX shares_by_traveller ON own.shares (tenant, traveller);

ALTER TABLE own.shares ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.shares FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.shares USING (tenant = (SELECT current_setting('itinerary.tenant', true)));

GRANT SELECT, INSERT, UPDATE ON own.shares TO itinerary_query;
