-- How fast each key may ask TripIt, shared by all processes that follow accounts.
-- depends: 0031.tripit-keys

CREATE TABLE own.tripit_paces (
    -- The hash of the consumer key, or of the word for feeds.
    way text PRIMARY KEY,
    -- Until when turns are given away.
    free_at timestamptz NOT NULL
);
ALTER TABLE own.tripit_paces ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.tripit_paces FORCE ROW LEVEL SECURITY;
CREATE POLICY following ON own.tripit_paces TO itinerary_tripit USING (true);
GRANT SELECT, INSERT, UPDATE ON own.tripit_paces TO itinerary_tripit;
