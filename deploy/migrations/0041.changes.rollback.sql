REVOKE SELECT ON read.offsets FROM itinerary_query;
ALTER TABLE read.offsets DROP COLUMN changes_from;
DROP TABLE read.changes;
