DROP SCHEMA read CASCADE;
REVOKE SELECT ON own.senders FROM itinerary_query;
