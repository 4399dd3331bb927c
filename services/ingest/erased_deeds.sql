-- Takes the name of somebody who is forgotten out of what they did on other people's trips. Run as erasure.sql is.

-- name: set_tenant(tenant)$
SELECT set_config('itinerary.tenant', :tenant, true);

-- name: find_names(tenant, traveller)
-- What tokens name them by, and what they mail from.
SELECT lower(login) AS name FROM own.traveller_logins WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid)
UNION
SELECT lower(address) FROM own.traveller_addresses WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid);

-- name: find_deeds(tenant, traveller, names)
SELECT override::text AS override, traveller::text AS traveller FROM own.overrides
 WHERE tenant = :tenant AND traveller <> CAST(:traveller AS uuid) AND lower(said_by) = ANY (CAST(:names AS text[]));

-- name: unname_overrides(tenant, names, nobody)!
UPDATE own.overrides SET said_by = :nobody WHERE tenant = :tenant AND lower(said_by) = ANY (CAST(:names AS text[]));

-- name: unname_shares(tenant, names, nobody)!
UPDATE own.shares SET created_by = :nobody WHERE tenant = :tenant AND lower(created_by) = ANY (CAST(:names AS text[]));

-- name: unname_openings(tenant, names, nobody)!
-- Of whoever looked up where others are.
UPDATE own.people_openings SET opened_by = :nobody
 WHERE tenant = :tenant AND lower(opened_by) = ANY (CAST(:names AS text[]));

-- name: unname_mails(tenant, names, nobody, pattern)!
-- Who decided about somebody else's mail, and who sent or forwarded it.
UPDATE own.emails
   SET sender = CASE WHEN lower(sender) = ANY (CAST(:names AS text[])) THEN CAST(:nobody AS text) ELSE sender END,
       entry = regexp_replace(entry::text, :pattern, '"' || CAST(:nobody AS text) || '"', 'gi')::jsonb
 WHERE tenant = :tenant AND (lower(sender) = ANY (CAST(:names AS text[])) OR entry::text ~* :pattern);

-- name: unname_history(tenant, others, pattern, quoted)!
UPDATE read.changes SET document = regexp_replace(document::text, :pattern, :quoted, 'gi')::json
 WHERE tenant = :tenant AND (CAST(:others AS text[]) IS NULL OR traveller = ANY (CAST(:others AS text[])))
   AND document::text ~* :pattern;

-- name: unname_answers(tenant, others, pattern)!
-- What a projector of an earlier release left; without an answer the document is taken.
UPDATE read.trips SET answer = NULL, answer_facts = NULL, answer_mark = NULL
 WHERE tenant = :tenant AND (CAST(:others AS text[]) IS NULL OR traveller = ANY (CAST(:others AS text[])))
   AND answer ~* :pattern;

-- name: unname_aside(tenant, others, pattern, quoted)!
-- The copy of a rebuild, as long as it has not been brought up to date.
UPDATE aside.trips
   SET document = regexp_replace(document::text, :pattern, :quoted, 'gi')::json,
       answer = NULL, answer_facts = NULL, answer_mark = NULL
 WHERE tenant = :tenant AND (CAST(:others AS text[]) IS NULL OR traveller = ANY (CAST(:others AS text[])))
   AND document::text ~* :pattern;
