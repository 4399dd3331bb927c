-- Every version of every trip for a while: what changed since a client last looked, and a trip's history.
-- depends: 0040.overrides

-- A row is named by where its value stands on trips.v1, so that a cursor stays good when these tables are
-- thrown away and filled again.
CREATE TABLE read.changes (
    tenant text NOT NULL,
    partition integer NOT NULL,
    position bigint NOT NULL,
    trip text COLLATE "C" NOT NULL,
    traveller text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('upsert', 'deleted', 'merged_into', 'erased')),
    into_trip text COLLATE "C",
    epoch bigint NOT NULL,
    version_offset bigint NOT NULL,
    at timestamptz NOT NULL,
    -- What the consolidator says changed, as it stands in the value.
    changes json NOT NULL,
    -- The trip as it was; NULL where it was not live, and once it is deleted.
    document json,
    stored_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, partition, position)
);
CREATE INDEX changes_by_traveller ON read.changes (tenant, traveller, partition, position);
CREATE INDEX changes_by_trip ON read.changes (tenant, trip, position);
CREATE INDEX changes_by_age ON read.changes USING brin (stored_at);

-- From which position on changes are kept; a cursor before it has missed some.
ALTER TABLE read.offsets ADD COLUMN changes_from bigint NOT NULL DEFAULT 0;

ALTER TABLE read.changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE read.changes FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON read.changes FOR SELECT TO itinerary_query
    USING (tenant = (SELECT current_setting('itinerary.tenant', true)));
CREATE POLICY projection ON read.changes FOR ALL TO itinerary_projector USING (true) WITH CHECK (true);

GRANT SELECT ON read.changes, read.offsets TO itinerary_query;
GRANT SELECT, INSERT, UPDATE, DELETE ON read.changes TO itinerary_projector;
