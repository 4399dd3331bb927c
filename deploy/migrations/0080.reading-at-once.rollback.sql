DROP FUNCTION read.list_sent, read.trip_sent;
