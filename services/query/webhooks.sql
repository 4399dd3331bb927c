-- What is kept of webhooks. The process that sends has a role of its own and sees every tenant's; the routes
-- see one tenant.

-- name: check_webhooks()$
-- Fails where migrations are behind.
SELECT count(*) FROM own.webhooks WHERE false;

-- name: add_webhook(tenant, webhook, url, description, changes, travellers, form, concurrency, sealed)!
INSERT INTO own.webhooks (tenant, webhook, url, description, changes, travellers, form, concurrency, sealed)
VALUES (:tenant, CAST(:webhook AS uuid), :url, :description, :changes, CAST(:travellers AS uuid[]), :form, :concurrency,
        :sealed);

-- name: list_webhooks(webhook)
SELECT webhook::text AS webhook, url, description, changes, travellers::text[] AS travellers, form, concurrency, sealed,
       state, created_at, failures, failing_since, succeeded_at, paused_until, trouble,
       (SELECT count(*) FROM own.webhook_deliveries d
         WHERE d.tenant = w.tenant AND d.webhook = w.webhook AND d.state = 'waiting') AS waiting
  FROM own.webhooks w
 WHERE CAST(:webhook AS uuid) IS NULL OR webhook = CAST(:webhook AS uuid)
 ORDER BY created_at, webhook;

-- name: change_webhook(webhook, url, description, changes, travellers, concurrency, state)!
-- What is left out stays. One that is switched on again, or goes elsewhere, is tried at once.
UPDATE own.webhooks
   SET url = coalesce(:url, url), description = coalesce(:description, description),
       changes = coalesce(:changes, changes), travellers = coalesce(CAST(:travellers AS uuid[]), travellers),
       concurrency = coalesce(:concurrency, concurrency), state = coalesce(:state, state),
       failures = 0, failing_since = NULL, paused_until = NULL, trouble = NULL
 WHERE webhook = CAST(:webhook AS uuid);

-- name: keep_secrets(webhook, sealed)!
UPDATE own.webhooks SET sealed = :sealed WHERE webhook = CAST(:webhook AS uuid);

-- name: remove_webhook(webhook)$
-- With its deliveries.
DELETE FROM own.webhooks WHERE webhook = CAST(:webhook AS uuid) RETURNING true;

-- name: list_deliveries(webhook, state, event, before, wanted)
-- The newest first.
SELECT event::text AS event, serial, type, trip::text AS trip, body, state, queued_at, due_at, failures,
       attempts::text AS attempts, ended_at
  FROM own.webhook_deliveries
 WHERE webhook = CAST(:webhook AS uuid)
   AND (CAST(:state AS text) IS NULL OR state = :state)
   AND (CAST(:event AS uuid) IS NULL OR event = CAST(:event AS uuid))
   AND (CAST(:before AS bigint) IS NULL OR serial < :before)
 ORDER BY serial DESC
 LIMIT :wanted;

-- name: add_test(tenant, webhook, event, type, body)!
INSERT INTO own.webhook_deliveries (tenant, webhook, event, type, body)
VALUES (:tenant, CAST(:webhook AS uuid), CAST(:event AS uuid), :type, :body);

-- name: redrive(webhook, event)
-- What is dead waits again, with three more days; NULL: all of it.
UPDATE own.webhook_deliveries
   SET state = 'waiting', since = now(), due_at = now(), failures = 0, ended_at = NULL
 WHERE webhook = CAST(:webhook AS uuid) AND state = 'dead'
   AND (CAST(:event AS uuid) IS NULL OR event = CAST(:event AS uuid))
RETURNING event::text AS event;

-- name: stir(webhook)!
-- Something waits, and a person wants to see it sent: now, whatever failed before.
UPDATE own.webhooks SET due_at = now(), paused_until = NULL WHERE webhook = CAST(:webhook AS uuid);

-- name: subscriptions_of(tenants)
SELECT tenant, webhook::text AS webhook, changes, travellers::text[] AS travellers, form, created_at
  FROM own.webhooks WHERE state = 'on' AND tenant = ANY (CAST(:tenants AS text[]));

-- name: queue_deliveries(tenant, webhook, event, type, trip, traveller, body)
-- An event that the log tells again is here already. In the order of the log.
INSERT INTO own.webhook_deliveries (tenant, webhook, event, type, trip, traveller, body)
SELECT new.tenant, new.webhook, new.event, new.type, new.trip, new.traveller, new.body
  FROM unnest(CAST(:tenant AS text[]), CAST(:webhook AS uuid[]), CAST(:event AS uuid[]), CAST(:type AS text[]),
              CAST(:trip AS uuid[]), CAST(:traveller AS uuid[]), CAST(:body AS text[])) WITH ORDINALITY
       AS new (tenant, webhook, event, type, trip, traveller, body, place)
  JOIN own.webhooks w ON w.tenant = new.tenant AND w.webhook = new.webhook
 ORDER BY new.place
ON CONFLICT DO NOTHING
RETURNING tenant, webhook::text AS webhook;

-- name: wake_webhooks(tenants, webhooks)!
-- In one order, so that two that queue side by side cannot deadlock.
WITH held AS (
    SELECT w.tenant, w.webhook
      FROM unnest(CAST(:tenants AS text[]), CAST(:webhooks AS uuid[])) AS woken (tenant, webhook)
      JOIN own.webhooks w USING (tenant, webhook)
     ORDER BY w.tenant, w.webhook
       FOR UPDATE OF w
)
UPDATE own.webhooks w SET due_at = least(w.due_at, now())
  FROM held WHERE w.tenant = held.tenant AND w.webhook = held.webhook;

-- name: lease_webhooks(limit, seconds)
-- The most overdue first, whatever tenant they are of. A second process skips what a first one is taking; so
-- one endpoint is served by one process at a time, which keeps order and counts requests.
WITH picked AS (
    SELECT tenant, webhook FROM own.webhooks
     WHERE state = 'on' AND due_at <= now()
       AND (paused_until IS NULL OR paused_until <= now())
       AND (leased_until IS NULL OR leased_until < now())
     ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
)
UPDATE own.webhooks w
   SET leased_until = now() + make_interval(secs => :seconds), lease = w.lease + 1
  FROM picked WHERE w.tenant = picked.tenant AND w.webhook = picked.webhook
RETURNING w.tenant, w.webhook::text AS webhook, w.url, w.form, w.concurrency, w.sealed, w.lease, w.failures;

-- name: waiting_deliveries(tenant, webhook, wanted)
-- Due, and none of the same trip before it that waits for longer.
SELECT d.event::text AS event, d.trip::text AS trip, d.body, d.since, d.failures
  FROM own.webhook_deliveries d
 WHERE d.tenant = :tenant AND d.webhook = CAST(:webhook AS uuid) AND d.state = 'waiting' AND d.due_at <= now()
   AND NOT EXISTS (SELECT FROM own.webhook_deliveries earlier
                    WHERE earlier.tenant = d.tenant AND earlier.webhook = d.webhook AND earlier.trip = d.trip
                      AND earlier.state = 'waiting' AND earlier.serial < d.serial AND earlier.due_at > now())
 ORDER BY d.serial
 LIMIT :wanted;

-- name: hold_webhook(tenant, webhook, lease)$
-- Locks the row, so that the next statement sees everything that was queued before.
SELECT true FROM own.webhooks
 WHERE tenant = :tenant AND webhook = CAST(:webhook AS uuid) AND lease = :lease FOR UPDATE;

-- name: note_attempts(tenant, webhook, events, states, due_ats, failures, attempts)!
-- What was delivered stays so, whoever else tried it meanwhile.
UPDATE own.webhook_deliveries d
   SET state = n.state, due_at = n.due_at, failures = n.failures, attempts = d.attempts || n.attempt::jsonb,
       ended_at = CASE WHEN n.state <> 'waiting' THEN now() END
  FROM unnest(CAST(:events AS uuid[]), CAST(:states AS text[]), CAST(:due_ats AS timestamptz[]),
              CAST(:failures AS int[]), CAST(:attempts AS text[])) AS n (event, state, due_at, failures, attempt)
 WHERE d.tenant = :tenant AND d.webhook = CAST(:webhook AS uuid) AND d.event = n.event AND d.state <> 'delivered';

-- name: end_webhook_visit(tenant, webhook, failures, paused_until, succeeded, trouble, is_gone)!
UPDATE own.webhooks w
   SET leased_until = NULL, failures = :failures, paused_until = :paused_until, trouble = :trouble,
       failing_since = CASE WHEN :failures = 0 THEN NULL ELSE coalesce(failing_since, now()) END,
       succeeded_at = CASE WHEN :succeeded THEN now() ELSE succeeded_at END,
       state = CASE WHEN :is_gone THEN 'gone' ELSE state END,
       due_at = (SELECT min(d.due_at) FROM own.webhook_deliveries d
                  WHERE d.tenant = w.tenant AND d.webhook = w.webhook AND d.state = 'waiting')
 WHERE tenant = :tenant AND webhook = CAST(:webhook AS uuid);

-- name: release_webhook(tenant, webhook, lease)!
UPDATE own.webhooks SET leased_until = NULL
 WHERE tenant = :tenant AND webhook = CAST(:webhook AS uuid) AND lease = :lease;

-- name: bury_webhook(tenant, webhook, trouble)!
-- It cannot be sent to at all until somebody mends it: looked at again in an hour.
UPDATE own.webhooks
   SET leased_until = NULL, trouble = :trouble, paused_until = now() + interval '1 hour'
 WHERE tenant = :tenant AND webhook = CAST(:webhook AS uuid);

-- name: end_hopeless(seconds)!
-- What waited too long at an endpoint that is off, or that has done nothing but fail for as long.
UPDATE own.webhook_deliveries d
   SET state = 'dead', ended_at = now()
  FROM own.webhooks w
 WHERE d.tenant = w.tenant AND d.webhook = w.webhook AND d.state = 'waiting'
   AND d.since < now() - make_interval(secs => :seconds)
   AND (w.state <> 'on' OR w.failing_since < now() - make_interval(secs => :seconds));

-- name: prune_deliveries(days)!
-- Longer than the log is kept, so that what it tells again is known here.
DELETE FROM own.webhook_deliveries
 WHERE state <> 'waiting' AND queued_at < now() - make_interval(days => :days);
