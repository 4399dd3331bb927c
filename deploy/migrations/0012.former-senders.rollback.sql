DROP TABLE own.former_senders;
