REVOKE INSERT, UPDATE, DELETE ON own.senders FROM itinerary_ingest;
DROP TABLE own.settings;
