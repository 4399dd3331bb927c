REVOKE SELECT ON read.progress FROM itinerary_sweeper;
DROP INDEX read.trips_by_partition_due;
ALTER TABLE read.trips DROP COLUMN partition, DROP COLUMN sweeps;
