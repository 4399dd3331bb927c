-- What companies decided: entered here first, then said on bookings.v1, which is what trips follow.
-- depends: 0001.own

CREATE TABLE own.settings (
    tenant text PRIMARY KEY REFERENCES own.tenants,
    -- TenantSettings as JSON, with the revision that was said.
    settings jsonb NOT NULL,
    -- How often settings or senders were entered: who changes them names the state that they looked at.
    changes bigint NOT NULL
);

ALTER TABLE own.settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.settings FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.settings USING (tenant = (SELECT current_setting('itinerary.tenant', true)));

GRANT SELECT, INSERT, UPDATE ON own.settings TO itinerary_ingest;
-- The table of senders is part of what an administrator of the company decides.
GRANT INSERT, UPDATE, DELETE ON own.senders TO itinerary_ingest;
