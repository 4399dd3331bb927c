ALTER TABLE read.offsets DROP COLUMN topic_id;
