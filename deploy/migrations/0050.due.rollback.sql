DROP POLICY sweeping ON read.trips;
REVOKE ALL ON read.trips FROM itinerary_sweeper;
REVOKE USAGE ON SCHEMA read FROM itinerary_sweeper;
ALTER TABLE read.trips DROP COLUMN due_at, DROP COLUMN swept_at;
