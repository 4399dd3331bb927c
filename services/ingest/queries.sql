-- Every statement of ingest. Row-level security keeps tenants apart: each transaction sets the tenant
-- first, and no statement below asks for it again.

-- name: set_tenant$
-- Local to the transaction, so that a pooled connection cannot carry it to the next message.
SELECT set_config('itinerary.tenant', :tenant, true);

-- name: find_sender^
SELECT tenant, client, party, source, travel_types, booking_sources, trusted_feed
  FROM own.senders WHERE client = :client;

-- name: find_travellers
SELECT login, traveller::text AS traveller FROM own.traveller_logins WHERE login = ANY (:logins::text[]);

-- name: check_schema$
-- Fails where migrations are behind.
SELECT count(*) FROM own.senders;

-- name: enrol_tenant!
INSERT INTO own.tenants (tenant) VALUES (:tenant) ON CONFLICT DO NOTHING;

-- name: enrol_traveller!
-- A known person keeps the names and roles that were entered; enrolling as administrator adds the role.
INSERT INTO own.travellers AS known (tenant, traveller, roles)
VALUES (:tenant, CAST(:traveller AS uuid), :roles::text[])
ON CONFLICT (tenant, traveller) DO UPDATE
   SET roles = ARRAY(SELECT DISTINCT unnest(known.roles || excluded.roles) ORDER BY 1);

-- name: enrol_login!
INSERT INTO own.traveller_logins (tenant, login, traveller)
VALUES (:tenant, :login, CAST(:traveller AS uuid)) ON CONFLICT DO NOTHING;

-- name: find_enrolled^
SELECT l.traveller::text AS traveller, t.roles
  FROM own.traveller_logins l JOIN own.travellers t USING (tenant, traveller)
 WHERE l.login = :login;

-- name: enrol_sender!
-- Enrolling again corrects the row: the command line says what holds from now on.
INSERT INTO own.senders (tenant, client, party, source, travel_types, booking_sources, trusted_feed)
VALUES (:tenant, :client, :party, :source, :travel_types::text[], :booking_sources::text[], :trusted_feed)
ON CONFLICT (tenant, client) DO UPDATE
   SET party = excluded.party, source = excluded.source, travel_types = excluded.travel_types,
       booking_sources = excluded.booking_sources, trusted_feed = excluded.trusted_feed;
