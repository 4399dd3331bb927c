-- Private calendar feeds: a secret link for each, that can be rotated and switched off.
-- depends: 0041.changes

CREATE TABLE own.calendar_feeds (
    tenant text NOT NULL REFERENCES own.tenants,
    feed uuid NOT NULL,
    traveller uuid NOT NULL,
    name text NOT NULL,
    -- The secret itself is shown once and stands nowhere.
    secret_sha256 text NOT NULL,
    zoned boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    rotated_at timestamptz,
    switched_off_at timestamptz,
    -- So that the owner sees whether somebody else reads it.
    fetched_at timestamptz,
    fetched_by text,
    PRIMARY KEY (tenant, feed),
    FOREIGN KEY (tenant, traveller) REFERENCES own.travellers ON DELETE CASCADE
);
CREATE UNIQUE INDEX calendar_feeds_by_secret ON own.calendar_feeds (tenant, secret_sha256);
CREATE INDEX calendar_feeds_by_traveller ON own.calendar_feeds (tenant, traveller);

ALTER TABLE own.calendar_feeds ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.calendar_feeds FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.calendar_feeds USING (tenant = (SELECT current_setting('itinerary.tenant', true)));

GRANT SELECT, INSERT, UPDATE ON own.calendar_feeds TO itinerary_query;
