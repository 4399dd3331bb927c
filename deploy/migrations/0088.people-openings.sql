-- Who looked up where travellers are, and whom they were shown: so that those can see it.
-- depends: 0081.looks 0084.outcomes-kept 0085.repeated-requests

CREATE TABLE own.people_openings (
    tenant text NOT NULL REFERENCES own.tenants,
    opening uuid NOT NULL,
    -- As their token names them.
    opened_by text NOT NULL,
    opened_at timestamptz NOT NULL,
    -- What was asked for: the day, and a place where not everybody was.
    on_date date NOT NULL,
    place text NOT NULL,
    taken_away boolean NOT NULL,
    PRIMARY KEY (tenant, opening)
);
CREATE INDEX people_openings_by_age ON own.people_openings (opened_at);

CREATE TABLE own.people_shown (
    tenant text NOT NULL,
    opening uuid NOT NULL,
    traveller uuid NOT NULL,
    PRIMARY KEY (tenant, opening, traveller),
    FOREIGN KEY (tenant, opening) REFERENCES own.people_openings ON DELETE CASCADE,
    FOREIGN KEY (tenant, traveller) REFERENCES own.travellers ON DELETE CASCADE
);
CREATE INDEX people_shown_by_traveller ON own.people_shown (tenant, traveller);

ALTER TABLE own.people_openings ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.people_openings FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.people_openings USING (tenant = (SELECT current_setting('itinerary.tenant', true)));
ALTER TABLE own.people_shown ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.people_shown FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.people_shown USING (tenant = (SELECT current_setting('itinerary.tenant', true)));

-- What is written is not changed afterwards, but for the name of who is forgotten, by the owner.
GRANT SELECT, INSERT ON own.people_openings, own.people_shown TO itinerary_query;

-- A projector drops what is old, of every tenant; whom it showed goes with it.
GRANT SELECT (opened_at), DELETE ON own.people_openings TO itinerary_projector;
CREATE POLICY kept_long_enough ON own.people_openings FOR DELETE TO itinerary_projector USING (true);
CREATE POLICY ages ON own.people_openings FOR SELECT TO itinerary_projector USING (true);
