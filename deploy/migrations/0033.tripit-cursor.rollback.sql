-- Row-level security binds the owner of the table as well.
SET LOCAL ROLE itinerary_tripit;
UPDATE own.tripit_accounts
   SET known = CAST(CAST(known AS jsonb) || jsonb_build_object('cursor', cursor) AS json)
 WHERE cursor IS NOT NULL;
RESET ROLE;
ALTER TABLE own.tripit_accounts DROP COLUMN cursor;
