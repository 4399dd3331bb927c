-- From when on changes at TripIt are asked for: moves with every poll, what is known of an account hardly ever.
-- depends: 0032.tripit-paces

ALTER TABLE own.tripit_accounts ADD COLUMN cursor bigint;
-- Row-level security binds the owner of the table as well.
SET LOCAL ROLE itinerary_tripit;
UPDATE own.tripit_accounts
   SET cursor = CAST(known ->> 'cursor' AS bigint), known = CAST(CAST(known AS jsonb) - 'cursor' AS json)
 WHERE known ->> 'cursor' IS NOT NULL;
RESET ROLE;
