-- Every statement of ingest. Row-level security keeps tenants apart: each transaction sets the tenant
-- first, and what the service asks does not ask for it again. Enrolment does: it runs as the database's
-- owner, and a superuser is bound by no policy.

-- name: set_tenant(tenant)$
-- Local to the transaction, so that a pooled connection cannot carry it to the next message.
SELECT set_config('itinerary.tenant', :tenant, true);

-- name: find_sender(client)^
SELECT tenant, client, party, source, travel_types, booking_sources, trusted_feed, heard
  FROM own.senders WHERE client = :client;

-- name: hear_sender(client, party, source)$
-- From here on its party and source stay. Waits for whoever is just changing them, and finds no row where they did.
UPDATE own.senders SET heard = true WHERE client = :client AND party = :party AND source = :source
RETURNING true;

-- name: find_travellers(logins)
SELECT login, traveller::text AS traveller FROM own.traveller_logins WHERE login = ANY (:logins::text[]);

-- name: has_traveller(traveller)$
SELECT EXISTS (SELECT FROM own.travellers WHERE traveller = CAST(:traveller AS uuid));

-- name: check_schema()$
-- Fails where migrations are behind.
SELECT (SELECT count(*) FROM own.senders WHERE heard) + (SELECT count(*) FROM own.overrides);

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

-- name: list_enrolled()
-- Whom the embedded issuer may sign in: everybody, in the order in which people look for themselves.
SELECT l.tenant, l.login, 'travel_admin' = ANY (t.roles) AS is_admin
  FROM own.traveller_logins l JOIN own.travellers t USING (tenant, traveller)
 ORDER BY l.tenant, l.login LIMIT 200;

-- name: enrol_sender(tenant, client, party, source, travel_types, booking_sources, trusted_feed)!
-- Enrolling again changes what the client may say. Party and source stay: they are part of the identity
-- of every booking that it sent. A token for trying something out takes no feed's trust away.
INSERT INTO own.senders AS known (tenant, client, party, source, travel_types, booking_sources, trusted_feed)
VALUES (:tenant, :client, :party, :source, :travel_types::text[], :booking_sources::text[], :trusted_feed)
ON CONFLICT (tenant, client) DO UPDATE
   SET travel_types = excluded.travel_types, booking_sources = excluded.booking_sources,
       trusted_feed = known.trusted_feed OR excluded.trusted_feed;

-- name: note_override(tenant, override, traveller, trips, action, subjects, said_by, message)!
-- The same wish sent again after a crash is one note, with the message that came through.
INSERT INTO own.overrides AS known (tenant, override, traveller, trips, action, subjects, said_by, said_at, message)
VALUES (:tenant, CAST(:override AS uuid), CAST(:traveller AS uuid), CAST(:trips AS text[]), :action,
        CAST(:subjects AS text[]), :said_by, now(), CAST(:message AS uuid))
ON CONFLICT (tenant, override) DO UPDATE SET message = excluded.message;

-- name: find_override(override)^
SELECT override::text AS override, traveller::text AS traveller, trips, action, subjects, said_by, message::text AS message
  FROM own.overrides WHERE override = CAST(:override AS uuid);

-- name: note_undone(override)!
-- The first time counts.
UPDATE own.overrides SET undone_at = now() WHERE override = CAST(:override AS uuid) AND undone_at IS NULL;

-- name: set_mail_address(address)$
-- The policy on addresses shows this one, whoever's it is, before the tenant is known.
SELECT set_config('itinerary.mail_address', :address, true);

-- name: find_mail_address(address)^
SELECT address, tenant, traveller::text AS traveller FROM own.mail_addresses WHERE address = :address;

-- name: find_secret_addressees(addresses)
SELECT address, traveller::text AS traveller FROM own.mail_addresses
 WHERE tenant = current_setting('itinerary.tenant') AND address = ANY (:addresses::text[])
   AND traveller IS NOT NULL;

-- name: find_mail_addresses_of(traveller)
-- The traveller's own first, then the company's.
SELECT address, traveller IS NOT NULL AS secret FROM own.mail_addresses
 WHERE tenant = current_setting('itinerary.tenant')
   AND (traveller IS NULL OR traveller = CAST(:traveller AS uuid))
 ORDER BY traveller IS NULL, address;

-- name: find_address_owners(addresses)
SELECT address, traveller::text AS traveller FROM own.traveller_addresses
 WHERE address = ANY (:addresses::text[]);

-- name: find_people(travellers, last_names)
-- By id, or by name: there may be several of one name, and the caller compares the whole name.
SELECT traveller::text AS traveller, first_name, last_name FROM own.travellers
 WHERE traveller = ANY (:travellers::uuid[]) OR lower(last_name) = ANY (:last_names::text[])
 LIMIT 200;

-- name: find_email(message)^
SELECT entry FROM own.emails WHERE message = CAST(:message AS uuid);

-- name: hold_email(message)^
-- Until the transaction ends nobody else decides about it or finishes reading it; who waits sees what came of it.
SELECT entry FROM own.emails WHERE message = CAST(:message AS uuid) FOR UPDATE;

-- name: hold_records(records)!
-- Until the transaction ends nobody else states or lets go of them: of two mails that let go of one record side by side
-- each would take the other for one that still states it. Sorted by the caller, so that nobody waits for each other.
SELECT pg_advisory_xact_lock(hashtextextended(record, 0)) FROM unnest(:records::text[]) AS record;

-- name: find_supporters(records)
-- Which mails state some records.
SELECT DISTINCT record, message::text AS message
  FROM own.emails, jsonb_array_elements_text(entry -> 'record_keys') AS record
 WHERE entry -> 'record_keys' ?| :records::text[] AND record = ANY (:records::text[]);

-- name: find_erased_mail(message)$
SELECT EXISTS (SELECT FROM own.erased_mails WHERE message = CAST(:message AS uuid));

-- name: find_mails_of_bookings(traveller, message, locators)
-- The newest of a traveller's other mails that say something of bookings; more than so many say nothing new.
SELECT entry FROM own.emails
 WHERE traveller = CAST(:traveller AS uuid) AND message <> CAST(:message AS uuid)
   AND outcome IN ('extracted', 'accepted', 'corrected')
   AND EXISTS (SELECT FROM jsonb_array_elements(entry -> 'bookings') AS found
                WHERE found -> 'booking' ->> 'record_locator' = ANY (:locators::text[]))
 ORDER BY received DESC LIMIT 100;

-- name: find_traced_mails(messages, code)
-- For an operator: mails by their ids, and those in which a locator was found. The latter looks through all of the
-- tenant's; it is asked once, by a person who waits.
SELECT entry FROM own.emails WHERE message = ANY (CAST(:messages AS uuid[]))
 UNION
SELECT entry FROM own.emails
 WHERE CAST(:code AS text) IS NOT NULL
   AND EXISTS (SELECT FROM jsonb_array_elements(entry -> 'bookings') AS found
                WHERE lower(found -> 'booking' ->> 'record_locator') = CAST(:code AS text));

-- name: note_email(tenant, message, traveller, door, received, entry)!
-- At the door, so that it can be seen at once; what the worker wrote meanwhile stays.
INSERT INTO own.emails (tenant, message, traveller, outcome, door, received, entry)
VALUES (:tenant, CAST(:message AS uuid), CAST(:traveller AS uuid), 'queued', :door, :received, CAST(:entry AS jsonb))
ON CONFLICT DO NOTHING;

-- name: save_email(tenant, message, traveller, proposed_traveller, outcome, reason, why, door, received, sender, subject, entry)!
INSERT INTO own.emails
       (tenant, message, traveller, proposed_traveller, outcome, reason, why, door, received, sender, subject, entry)
VALUES (:tenant, CAST(:message AS uuid), CAST(:traveller AS uuid), CAST(:proposed_traveller AS uuid), :outcome,
        :reason, :why, :door, :received, :sender, :subject, CAST(:entry AS jsonb))
ON CONFLICT (tenant, message) DO UPDATE
   SET traveller = excluded.traveller, proposed_traveller = excluded.proposed_traveller,
       outcome = excluded.outcome, reason = excluded.reason, why = excluded.why, door = excluded.door,
       received = excluded.received, sender = excluded.sender, subject = excluded.subject,
       entry = excluded.entry;

-- name: list_emails(outcome, traveller, before, before_message, rows)
-- The newest first, from behind the last that was shown; what is asked as NULL is not asked.
SELECT entry FROM own.emails
 WHERE (:outcome::text IS NULL OR outcome = :outcome::text)
   AND (:traveller::uuid IS NULL OR traveller = :traveller::uuid)
   AND (:before::timestamptz IS NULL OR (received, message) < (:before::timestamptz, :before_message::uuid))
 ORDER BY received DESC, message DESC
 LIMIT :rows;

-- name: find_mailbox(mailbox)^
SELECT uid_validity, next_uid FROM own.mailboxes WHERE mailbox = :mailbox;

-- name: save_mailbox(mailbox, tenant, uid_validity, next_uid)!
INSERT INTO own.mailboxes (mailbox, tenant, uid_validity, next_uid)
VALUES (:mailbox, :tenant, :uid_validity, :next_uid)
ON CONFLICT (mailbox) DO UPDATE
   SET uid_validity = excluded.uid_validity, next_uid = excluded.next_uid;

-- name: enrol_address(tenant, address, traveller)!
INSERT INTO own.traveller_addresses (tenant, address, traveller)
VALUES (:tenant, :address, CAST(:traveller AS uuid)) ON CONFLICT DO NOTHING;

-- name: enrol_mail_address(tenant, address, traveller)!
INSERT INTO own.mail_addresses (tenant, address, traveller)
VALUES (:tenant, :address, CAST(:traveller AS uuid)) ON CONFLICT DO NOTHING;

-- name: find_settings(tenant)^
-- A row for every tenant that there is, whether it ever decided anything or not.
SELECT s.settings::text AS settings, coalesce(s.changes, 0) AS changes
  FROM own.tenants t LEFT JOIN own.settings s USING (tenant) WHERE t.tenant = :tenant;

-- name: list_senders()
-- In the order of code points, as the settings that name them are compared, whatever the database's locale.
SELECT tenant, client, party, source, travel_types, booking_sources, trusted_feed, heard
  FROM own.senders ORDER BY client COLLATE "C";

-- name: hold_senders()
-- Nobody is heard for the first time until the change of the table is done.
SELECT client, party, source, heard FROM own.senders FOR UPDATE;

-- name: enter_settings(tenant, settings, over)$
-- Over the state that was looked at, and over no other.
INSERT INTO own.settings AS known (tenant, settings, changes)
VALUES (:tenant, CAST(:settings AS jsonb), :over + 1)
ON CONFLICT (tenant) DO UPDATE SET settings = excluded.settings, changes = excluded.changes
 WHERE known.changes = :over
RETURNING true;

-- name: enter_sender(tenant, client, party, source, travel_types, booking_sources, trusted_feed)!
-- Party and source of a client that was heard are compared before, and never change: they are part of what it sent.
INSERT INTO own.senders AS known
       (tenant, client, party, source, travel_types, booking_sources, trusted_feed, heard)
VALUES (:tenant, :client, :party, :source, :travel_types::text[], :booking_sources::text[], :trusted_feed,
        EXISTS (SELECT FROM own.former_senders WHERE client = :client))
ON CONFLICT (tenant, client) DO UPDATE
   SET party = CASE WHEN known.heard THEN known.party ELSE excluded.party END,
       source = CASE WHEN known.heard THEN known.source ELSE excluded.source END,
       travel_types = excluded.travel_types, booking_sources = excluded.booking_sources,
       trusted_feed = excluded.trusted_feed;

-- name: list_former_senders()
SELECT client, party, source FROM own.former_senders;

-- name: remove_other_senders(clients)!
-- Who they were is kept: it is part of the identity of every booking that they sent.
WITH removed AS (
    DELETE FROM own.senders WHERE client <> ALL (:clients::text[]) RETURNING tenant, client, party, source, heard)
INSERT INTO own.former_senders (tenant, client, party, source)
SELECT tenant, client, party, source FROM removed WHERE heard
ON CONFLICT (tenant, client) DO NOTHING;
