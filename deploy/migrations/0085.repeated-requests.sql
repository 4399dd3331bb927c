-- The query service does once what is sent with an Idempotency-Key, as ingest does: links, calendars and webhooks.
-- depends: 0083.kept-plans

GRANT SELECT, INSERT, UPDATE, DELETE ON own.idempotency_keys TO itinerary_query;
