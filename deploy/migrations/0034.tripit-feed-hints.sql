-- Hints that a feed account has from the time when it was connected by the API: nobody follows them any more.
-- depends: 0033.tripit-cursor

-- Row-level security binds the owner of the table as well.
SET LOCAL ROLE itinerary_tripit;
DELETE FROM own.tripit_hints h USING own.tripit_accounts a
 WHERE a.tenant = h.tenant AND a.traveller = h.traveller AND a.kind = 'feed';
RESET ROLE;
