-- What is kept of accounts at TripIt. The process that follows them has a role of its own and sees every
-- tenant's; the routes see one tenant, or the one row whose token they were told.

-- name: set_tokens(hashes)$
-- Which rows may be seen beside the tenant's: those of tokens that we were told.
SELECT set_config('itinerary.tripit_token', array_to_string(:hashes::text[], ','), true);

-- name: lease_accounts(limit, each, ways, held, seconds)
-- The most overdue first, whatever tenant they are of, but by each way to TripIt (a company's own key, the
-- system's, the feeds) no more than `each` side by side: a slow one must not hold the places of all others.
-- `held` says of `ways` how many this process holds already. A second process skips what a first one is taking.
-- Leases of one account are a thousand apart: the steps of a visit number what they tell from there.
WITH holding AS (
    SELECT * FROM unnest(:ways::text[], :held::bigint[]) AS holding (way, held)
), due AS (
    SELECT a.tenant, a.traveller, a.due_at, by.way
      FROM own.tripit_accounts a LEFT JOIN own.tripit_consumers c ON c.tenant = a.tenant
           CROSS JOIN LATERAL (SELECT CASE WHEN a.kind = 'feed' THEN 'feeds'
                                           ELSE coalesce('key of ' || c.tenant, 'key') END AS way) AS by
     WHERE a.due_at <= now() AND a.state <> 'revoked' AND (a.leased_until IS NULL OR a.leased_until < now())
       AND by.way NOT IN (SELECT way FROM holding WHERE held >= :each)
     ORDER BY a.due_at LIMIT :limit FOR UPDATE OF a SKIP LOCKED
), picked AS (
    SELECT due.*, row_number() OVER (PARTITION BY due.way ORDER BY due.due_at) + coalesce(held, 0) AS place
      FROM due LEFT JOIN holding ON holding.way = due.way
)
UPDATE own.tripit_accounts a
   SET leased_until = now() + make_interval(secs => :seconds),
       lease = greatest(a.lease + 1000, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint))
  FROM picked WHERE a.tenant = picked.tenant AND a.traveller = picked.traveller AND picked.place <= :each
RETURNING a.tenant, a.traveller::text AS traveller, picked.way, a.kind, a.state, a.sealed, a.known::text AS known, a.cursor,
          a.etag, a.lease, a.failures, a.trouble,
          coalesce(extract(epoch FROM now() - a.trouble_since), 0)::float8 AS trouble_seconds,
          a.is_subscribed, a.sweep_at <= now() AS sweep_is_due, a.poll_at <= now() AS poll_is_due,
          (SELECT c.sealed FROM own.tripit_consumers c WHERE c.tenant = a.tenant) AS consumer,
          ARRAY(SELECT h.trip FROM own.tripit_hints h WHERE h.tenant = a.tenant AND h.traveller = a.traveller
                   AND h.due_at <= now() ORDER BY h.serial) AS hinted_trips,
          ARRAY(SELECT h.serial FROM own.tripit_hints h WHERE h.tenant = a.tenant AND h.traveller = a.traveller
                   AND h.due_at <= now() ORDER BY h.serial) AS hint_serials;

-- name: renew_lease(tenant, traveller, lease, seconds)$
-- Nothing where another process took the account over meanwhile.
UPDATE own.tripit_accounts SET leased_until = now() + make_interval(secs => :seconds)
 WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid) AND lease = :lease RETURNING true;

-- name: note_known(tenant, traveller, lease, known, seconds)$
-- Before anything is told: what will not be sure until the visit ends. Nothing where the lease was lost.
UPDATE own.tripit_accounts
   SET known = CAST(:known AS json), leased_until = now() + make_interval(secs => :seconds)
 WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid) AND lease = :lease RETURNING true;

-- name: hold_account(tenant, traveller, lease)$
-- Locks the row, so that the next statement sees every hint that came before.
SELECT true FROM own.tripit_accounts
 WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid) AND lease = :lease FOR UPDATE;

-- name: drop_hints(tenant, traveller, serials)!
-- Looked at twice. Before those that were looked at once are put off, which may be until a moment ago.
DELETE FROM own.tripit_hints
 WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid) AND serial = ANY (:serials::bigint[])
   AND again_at IS NULL AND due_at <= now();

-- name: put_off_hints(tenant, traveller, serials)!
-- Looked at once; one that came meanwhile has another serial and stays due.
UPDATE own.tripit_hints SET due_at = again_at, again_at = NULL
 WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid) AND serial = ANY (:serials::bigint[])
   AND again_at IS NOT NULL;

-- name: end_visit(tenant, traveller, known, cursor, etag, sealed, poll_seconds, sweep_seconds, trouble)!
-- NULL seconds: that was not done, its time stays. NULL known: as it was, so that a poll does not write it anew.
UPDATE own.tripit_accounts a
   SET known = coalesce(CAST(:known AS json), known), cursor = :cursor, etag = :etag, sealed = :sealed,
       leased_until = NULL, succeeded_at = now(), failures = 0, trouble = :trouble, trouble_since = NULL,
       poll_at = coalesce(now() + make_interval(secs => :poll_seconds), poll_at),
       sweep_at = coalesce(now() + make_interval(secs => :sweep_seconds), sweep_at),
       due_at = least(
           coalesce(now() + make_interval(secs => :poll_seconds), poll_at),
           CASE kind WHEN 'api' THEN coalesce(now() + make_interval(secs => :sweep_seconds), sweep_at) END,
           (SELECT min(h.due_at) FROM own.tripit_hints h
             WHERE h.tenant = a.tenant AND h.traveller = a.traveller AND a.kind = 'api'))
 WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid);

-- name: end_visit_in_trouble(tenant, traveller, trouble, pause_seconds)!
UPDATE own.tripit_accounts
   SET leased_until = NULL, failures = failures + 1, trouble = :trouble,
       trouble_since = CASE WHEN trouble = :trouble THEN coalesce(trouble_since, now()) ELSE now() END,
       due_at = now() + make_interval(secs => :pause_seconds)
 WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid);

-- name: note_revoked(tenant, traveller)!
UPDATE own.tripit_accounts SET state = 'revoked', leased_until = NULL, trouble = 'revoked', token_hash = NULL
 WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid);

-- name: forget_account(tenant, traveller)!
DELETE FROM own.tripit_accounts WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid);

-- name: note_subscribed(tenant, traveller, lease)!
-- At once, and never by the end of a visit: somebody with the same token may unsubscribe meanwhile.
UPDATE own.tripit_accounts SET is_subscribed = true
 WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid) AND lease = :lease;

-- name: note_unsubscribed(token_hash)!
-- Whoever else connected the same account at TripIt has to ask for notifications anew.
UPDATE own.tripit_accounts SET is_subscribed = false WHERE token_hash = :token_hash AND is_subscribed;

-- name: lock_account(tenant, traveller)$
-- Before its hints, in the order in which the end of a visit locks them.
SELECT true FROM own.tripit_accounts
 WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid) FOR UPDATE;

-- name: take_hint(tenant, traveller, trip, again_seconds, at_most)$
-- Notifications are not signed. Beyond so many trips waiting to be looked at none is noted any more, which is told
-- by nothing being returned.
INSERT INTO own.tripit_hints AS known (tenant, traveller, trip, again_at)
SELECT :tenant, CAST(:traveller AS uuid), :trip, now() + make_interval(secs => :again_seconds)
 WHERE (SELECT count(*) FROM own.tripit_hints
         WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid) AND trip <> :trip) < :at_most
ON CONFLICT (tenant, traveller, trip) DO UPDATE
   SET due_at = now(), again_at = excluded.again_at, serial = DEFAULT
RETURNING true;

-- name: sweep_soon(tenant, traveller, seconds)!
-- A sweep sees what hints would have named, however many there were; one that pauses after trouble goes on pausing.
UPDATE own.tripit_accounts
   SET sweep_at = least(sweep_at, now() + make_interval(secs => :seconds)),
       due_at = CASE failures WHEN 0 THEN least(due_at, now() + make_interval(secs => :seconds)) ELSE due_at END
 WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid) AND state = 'connected' AND kind = 'api';

-- name: bring_forward(tenant, traveller)!
-- As if ten minutes overdue: before those that only just fell due, and behind whoever waits longer. One that
-- pauses after trouble goes on pausing; its hints wait.
UPDATE own.tripit_accounts SET due_at = least(due_at, now() - interval '10 minutes')
 WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid) AND state = 'connected' AND failures = 0;

-- name: find_by_tokens(hashes)
-- Several of one token where travellers share an account at TripIt.
SELECT tenant, traveller::text AS traveller FROM own.tripit_accounts WHERE token_hash = ANY (:hashes::text[]);

-- name: connect(tenant, traveller, kind, sealed, token_hash)!
-- Connecting anew keeps what was told: the next visit compares with it, and takes back what is not there.
-- Notifications are asked for anew: those of the old token say nothing of the new one.
INSERT INTO own.tripit_accounts AS known (tenant, traveller, kind, state, sealed, token_hash)
VALUES (:tenant, CAST(:traveller AS uuid), :kind, 'connected', :sealed, :token_hash)
ON CONFLICT (tenant, traveller) DO UPDATE
   SET kind = excluded.kind, state = 'connected', sealed = excluded.sealed, token_hash = excluded.token_hash,
       connected_at = now(), etag = NULL, is_subscribed = false, poll_at = now(), sweep_at = now(), due_at = now(),
       leased_until = NULL, failures = 0, trouble = NULL, trouble_since = NULL,
       -- A visit that is under way has the old token: it must not end as if it had this one.
       lease = known.lease + 1000;

-- name: forget_hints(tenant, traveller)!
-- Of an account that is followed by its feed from now on: nobody looks at single trips of one.
DELETE FROM own.tripit_hints WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid);

-- name: doubt(tenant, traveller, known)!
-- A visit that is under way knows nothing of the doubt: it must not end as if there were none.
UPDATE own.tripit_accounts
   SET known = CAST(:known AS json), etag = NULL, poll_at = now(), sweep_at = now(),
       due_at = CASE failures WHEN 0 THEN now() ELSE due_at END, leased_until = NULL, lease = lease + 1000
 WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid);

-- name: disconnect(tenant, traveller)$
-- What was told is taken back by the next visit, which then forgets the account.
UPDATE own.tripit_accounts
   SET state = 'leaving', due_at = now(), token_hash = NULL, leased_until = NULL, lease = lease + 1000
 WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid) RETURNING true;

-- name: find_account(tenant, traveller)^
SELECT kind, state, connected_at, succeeded_at, failures, trouble, due_at, is_subscribed, known::text AS known
  FROM own.tripit_accounts WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid);

-- name: begin_authorisation(tenant, traveller, request_hash, sealed, seconds)!
-- One at a time for each traveller: an older one cannot be used any more.
WITH older AS (
    DELETE FROM own.tripit_authorisations
     WHERE tenant = :tenant AND (traveller = CAST(:traveller AS uuid) OR expires_at < now())
)
INSERT INTO own.tripit_authorisations (request_hash, tenant, traveller, sealed, expires_at)
VALUES (:request_hash, :tenant, CAST(:traveller AS uuid), :sealed, now() + make_interval(secs => :seconds));

-- name: find_authorisation(request_hash)^
SELECT request_hash, tenant, traveller::text AS traveller, sealed,
       greatest(0, extract(epoch FROM claimed_until - now()))::float8 AS claimed_seconds
  FROM own.tripit_authorisations WHERE request_hash = :request_hash AND expires_at > now();

-- name: claim_authorisation(tenant, request_hash, seconds, held)$
-- TripIt exchanges a token once: of two calls back at a time the second must not spoil what the first one gets.
-- Whoever holds it names until when, and holds it longer.
UPDATE own.tripit_authorisations SET claimed_until = now() + make_interval(secs => :seconds)
 WHERE tenant = :tenant AND request_hash = :request_hash
   AND (claimed_until IS NULL OR claimed_until < now() OR claimed_until = CAST(:held AS timestamptz))
RETURNING claimed_until;

-- name: release_authorisation(tenant, request_hash, held)!
UPDATE own.tripit_authorisations SET claimed_until = NULL
 WHERE tenant = :tenant AND request_hash = :request_hash AND claimed_until = :held;

-- name: drop_authorisation(tenant, request_hash, held)!
-- Nothing where somebody else holds it now, who may be given the token.
DELETE FROM own.tripit_authorisations
 WHERE tenant = :tenant AND request_hash = :request_hash AND claimed_until = :held;

-- name: end_authorisation(tenant, request_hash)$
-- Once only: two calls back with one token do not connect twice.
DELETE FROM own.tripit_authorisations
 WHERE tenant = :tenant AND request_hash = :request_hash RETURNING true;

-- name: find_consumer(tenant)$
SELECT sealed FROM own.tripit_consumers WHERE tenant = :tenant;

-- name: all_consumers()
SELECT tenant, sealed FROM own.tripit_consumers;

-- name: renew_consumer(tenant, sealed, before)!
-- Nothing where the company brought another key meanwhile.
UPDATE own.tripit_consumers SET sealed = :sealed WHERE tenant = :tenant AND sealed = :before;

-- name: keep_consumer(tenant, sealed)!
INSERT INTO own.tripit_consumers (tenant, sealed) VALUES (:tenant, :sealed)
ON CONFLICT (tenant) DO UPDATE SET sealed = excluded.sealed;

-- name: take_turns(way, seconds)$
-- The next span of time in which nobody else asks; returns in how many seconds it begins. Nobody waits for an
-- instant that only a clock which stood wrong can have written.
INSERT INTO own.tripit_paces AS p (way, free_at)
VALUES (:way, clock_timestamp() + make_interval(secs => :seconds))
ON CONFLICT (way) DO UPDATE
   SET free_at = make_interval(secs => :seconds)
     + CASE WHEN p.free_at BETWEEN clock_timestamp() AND clock_timestamp() + interval '10 minutes' THEN p.free_at
            ELSE clock_timestamp() END
RETURNING greatest(0, extract(epoch FROM free_at - clock_timestamp()) - CAST(:seconds AS double precision))::float8;

-- name: hold_back(way, seconds)!
INSERT INTO own.tripit_paces AS p (way, free_at)
VALUES (:way, clock_timestamp() + make_interval(secs => :seconds))
ON CONFLICT (way) DO UPDATE SET free_at = greatest(p.free_at, excluded.free_at);

-- name: release(tenant, traveller)!
UPDATE own.tripit_accounts SET leased_until = NULL
 WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid);
