ALTER TABLE own.senders DROP COLUMN heard;
