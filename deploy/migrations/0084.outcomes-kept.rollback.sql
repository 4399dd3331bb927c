DROP POLICY outcomes_kept ON own.overrides;
REVOKE SELECT (message) ON own.overrides FROM itinerary_projector;
REVOKE USAGE ON SCHEMA own FROM itinerary_projector;
ALTER TABLE read.messages DROP COLUMN stored_at;
