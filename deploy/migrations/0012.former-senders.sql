-- Who was taken from the table of senders: what they booked stands, so their client never becomes another party.
-- depends: 0011.settings

CREATE TABLE own.former_senders (
    tenant text NOT NULL REFERENCES own.tenants,
    client text NOT NULL,
    party text NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (tenant, client)
);

ALTER TABLE own.former_senders ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.former_senders FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.former_senders
    USING (tenant = (SELECT current_setting('itinerary.tenant', true)));

GRANT SELECT, INSERT ON own.former_senders TO itinerary_ingest;
