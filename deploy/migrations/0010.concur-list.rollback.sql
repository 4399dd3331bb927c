ALTER TABLE read.trips DROP COLUMN segment_types, DROP COLUMN virtual;
