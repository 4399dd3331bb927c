-- By partition when a trip is due, and how often it was asked for: what stands still in one partition holds up no other.
-- Expands only: a projector of the release before leaves the partition unknown, a sweeper of then counts nothing.
-- depends: 0071.erasures

ALTER TABLE read.trips
    -- Of `bookings.v1` and `trips.v1`; -1 where it was written before there was this column.
    ADD COLUMN partition smallint NOT NULL DEFAULT -1,
    -- How often a sweeper asked for this version.
    ADD COLUMN sweeps smallint NOT NULL DEFAULT 0;

-- `trips_by_due` goes in a later release: the sweeper of the release before looks by it.
CREATE INDEX trips_by_partition_due ON read.trips (partition, due_at, tenant, id) WHERE due_at IS NOT NULL;

GRANT SELECT (partition, sweeps), UPDATE (sweeps) ON read.trips TO itinerary_sweeper;
GRANT SELECT ON read.progress TO itinerary_sweeper;
