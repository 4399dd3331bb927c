-- Every statement of ingest. Row-level security keeps tenants apart: each transaction sets the tenant
-- first, and what the service asks does not ask for it again. Enrolment does: it runs as the database's
-- owner, and a superuser is bound by no policy.

-- name: set_tenant(tenant)$
-- Local to the transaction, so that a pooled connection cannot carry it to the next message.
SELECT set_config('itinerary.tenant', :tenant, true);

-- name: find_sender(client)^
SELECT tenant, client, party, source, travel_types, booking_sources, trusted_feed
  FROM own.senders WHERE client = :client;

-- name: find_travellers(logins)
SELECT login, traveller::text AS traveller FROM own.traveller_logins WHERE login = ANY (:logins::text[]);

-- name: check_schema()$
-- Fails where migrations are behind.
SELECT count(*) FROM own.senders;

-- name: enrol_tenant(tenant)!
INSERT INTO own.tenants (tenant) VALUES (:tenant) ON CONFLICT DO NOTHING;

-- name: enrol_traveller(tenant, traveller, roles)!
-- A known person keeps the names and roles that were entered; enrolling as administrator adds the role.
INSERT INTO own.travellers AS known (tenant, traveller, roles)
VALUES (:tenant, CAST(:traveller AS uuid), :roles::text[])
ON CONFLICT (tenant, traveller) DO UPDATE
   SET roles = ARRAY(SELECT DISTINCT unnest(known.roles || excluded.roles) ORDER BY 1);

-- name: enrol_login(tenant, login, traveller)!
INSERT INTO own.traveller_logins (tenant, login, traveller)
VALUES (:tenant, :login, CAST(:traveller AS uuid)) ON CONFLICT DO NOTHING;

-- name: find_enrolled(tenant, login)^
SELECT l.traveller::text AS traveller, t.roles
  FROM own.traveller_logins l JOIN own.travellers t USING (tenant, traveller)
 WHERE l.tenant = :tenant AND l.login = :login;

-- name: enrol_sender(tenant, client, party, source, travel_types, booking_sources, trusted_feed)!
-- Enrolling again changes what the client may say. Party and source stay: they are part of the identity
-- of every booking that it sent. A token for trying something out takes no feed's trust away.
INSERT INTO own.senders AS known (tenant, client, party, source, travel_types, booking_sources, trusted_feed)
VALUES (:tenant, :client, :party, :source, :travel_types::text[], :booking_sources::text[], :trusted_feed)
ON CONFLICT (tenant, client) DO UPDATE
   SET travel_types = excluded.travel_types, booking_sources = excluded.booking_sources,
       trusted_feed = known.trusted_feed OR excluded.trusted_feed;
