-- Which version of a trip its traveller has seen, so that the page can say what is new since.
-- depends: 0045.shares 0072.mails-of-travellers

CREATE TABLE own.looks (
    tenant text NOT NULL REFERENCES own.tenants,
    traveller uuid NOT NULL,
    -- The trip by the id that it had then.
    trip uuid NOT NULL,
    epoch bigint NOT NULL,
    version_offset bigint NOT NULL,
    looked_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, traveller, trip),
    FOREIGN KEY (tenant, traveller) REFERENCES own.travellers ON DELETE CASCADE
);

ALTER TABLE own.looks ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.looks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.looks USING (tenant = (SELECT current_setting('itinerary.tenant', true)));

GRANT SELECT, INSERT, UPDATE ON own.looks TO itinerary_query;
