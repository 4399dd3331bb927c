DROP FUNCTION read.trips_matching;
