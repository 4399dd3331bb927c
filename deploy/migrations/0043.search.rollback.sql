-- The role stays: other databases of the same server may use it.
DROP FUNCTION read.trips_with_words;
DROP POLICY search ON read.trips;
REVOKE ALL ON read.trips FROM itinerary_search;
REVOKE ALL ON SCHEMA read FROM itinerary_search;
DROP INDEX read.expensable_trips_by_start, read.open_trips_by_start, read.trips_by_word;
ALTER TABLE read.trips DROP COLUMN sources, DROP COLUMN places, DROP COLUMN words;
