REVOKE SELECT, INSERT, UPDATE, DELETE ON own.idempotency_keys FROM itinerary_query;
