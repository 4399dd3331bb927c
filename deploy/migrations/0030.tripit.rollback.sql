-- The role stays: other databases of the same server may use it.
DROP TABLE own.tripit_authorisations, own.tripit_hints, own.tripit_accounts, own.tripit_consumers;
REVOKE USAGE ON SCHEMA own FROM itinerary_tripit;
