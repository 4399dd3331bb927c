-- What people said of trips, and what must not be done twice.
-- depends: 0002.read

-- Who overrode what, so that it can be listed and taken back. Entered before the statement is on the log:
-- what became of it stands in read.messages, and one without an outcome never came to be.
CREATE TABLE own.overrides (
    tenant text NOT NULL REFERENCES own.tenants,
    -- The key of its record; also what an undo names.
    override uuid NOT NULL,
    traveller uuid NOT NULL,
    -- The trips that were named, the addressed one first, by the ids that they had then.
    trips text[] NOT NULL,
    action text NOT NULL,
    -- Segments or bookings that were named. The words themselves are in the record alone.
    subjects text[] NOT NULL,
    said_by text NOT NULL,
    said_at timestamptz NOT NULL,
    message uuid NOT NULL,
    undone_at timestamptz,
    PRIMARY KEY (tenant, override)
);
CREATE INDEX overrides_by_traveller ON own.overrides (tenant, traveller, said_at);

-- Answers to requests that carried an Idempotency-Key, for as long as clients may send them again.
CREATE TABLE own.idempotency_keys (
    tenant text NOT NULL,
    -- A hash of caller, address and key: neither login nor key stands here.
    id uuid NOT NULL,
    request_hash text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    -- NULL while the first of them runs.
    status integer,
    headers jsonb,
    body text,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX idempotency_keys_by_age ON own.idempotency_keys (tenant, started_at);

ALTER TABLE own.overrides ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.overrides FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.overrides USING (tenant = (SELECT current_setting('itinerary.tenant', true)));
ALTER TABLE own.idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.idempotency_keys USING (tenant = (SELECT current_setting('itinerary.tenant', true)));

GRANT SELECT, INSERT, UPDATE ON own.overrides TO itinerary_ingest;
GRANT SELECT, INSERT, UPDATE, DELETE ON own.idempotency_keys TO itinerary_ingest;
GRANT SELECT ON own.overrides TO itinerary_query;
