-- Forgetting a traveller in PostgreSQL. Run by the owner of the tables, in one transaction for one tenant; where a table
-- shows itself to certain roles only, in the role of the process that writes it.

-- name: find_erased(tenant, traveller)$
SELECT EXISTS (SELECT FROM own.erasures WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid));

-- name: note_erasure(tenant, traveller)!
-- The first time counts.
INSERT INTO own.erasures (tenant, traveller) VALUES (:tenant, CAST(:traveller AS uuid)) ON CONFLICT DO NOTHING;

-- name: note_mails(tenant, traveller)!
INSERT INTO own.erased_mails (tenant, message)
SELECT tenant, message FROM own.emails
 WHERE tenant = :tenant
   AND (traveller = CAST(:traveller AS uuid) OR proposed_traveller = CAST(:traveller AS uuid))
ON CONFLICT DO NOTHING;

-- name: drop_old_mails()!
-- Longer than raw.v1 keeps a mail.
DELETE FROM own.erased_mails WHERE erased_at < now() - interval '60 days';

-- name: forget_mails(tenant, traveller)!
DELETE FROM own.emails
 WHERE tenant = :tenant
   AND (traveller = CAST(:traveller AS uuid) OR proposed_traveller = CAST(:traveller AS uuid));

-- name: forget_overrides(tenant, traveller)!
DELETE FROM own.overrides WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid);

-- name: forget_answers(tenant)!
-- Answers that were kept for a day, to be given again, tell of whom they please. Whoever sends again is heard twice,
-- which changes nothing.
DELETE FROM own.idempotency_keys WHERE tenant = :tenant;

-- name: forget_traveller(tenant, traveller)!
-- With it go logins, addresses, calendar links, shares, what was looked at, who looked them up, and the connection to TripIt.
DELETE FROM own.travellers WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid);

-- name: as_query()$
SELECT set_config('role', 'itinerary_query', true);

-- name: forget_deliveries(tenant, traveller)!
DELETE FROM own.webhook_deliveries WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid);

-- name: as_projector()$
SELECT set_config('role', 'itinerary_projector', true);

-- name: forget_outcomes(tenant, traveller)!
DELETE FROM read.messages WHERE tenant = :tenant AND traveller = :traveller;

-- name: forget_left_answers(tenant, traveller)!
-- A projector of an earlier release, beside ours or after a rollback, forgets documents alone.
UPDATE read.trips SET answer = NULL, answer_facts = NULL, answer_mark = NULL
 WHERE tenant = :tenant AND traveller = :traveller AND state <> 'live' AND answer IS NOT NULL;

-- name: count_shown(tenant, traveller)$
-- What the projector has not forgotten yet.
SELECT (SELECT count(*) FROM read.trips
         WHERE tenant = :tenant AND traveller = :traveller AND (document IS NOT NULL OR answer IS NOT NULL))
     + (SELECT count(*) FROM read.changes
         WHERE tenant = :tenant AND traveller = :traveller AND document IS NOT NULL);

-- name: has_aside()$
SELECT to_regclass('aside.trips') IS NOT NULL;

-- name: forget_aside(tenant, traveller)!
-- The copy of a rebuild: its deletions follow when it is brought up to date.
DELETE FROM aside.trips WHERE tenant = :tenant AND traveller = :traveller AND document IS NOT NULL;

-- name: find_progress(partition)^
SELECT epoch, done_offset FROM read.progress WHERE partition = :partition;
