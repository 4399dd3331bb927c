-- What is kept of webhooks. The process that sends has a role of its own and sees every tenant's; the routes
-- see one tenant.

-- name: check_webhooks()$
-- Fails where migrations are behind.
SELECT count(traceparent) + (SELECT count(topic_id) FROM own.webhook_places WHERE false)
  FROM own.webhook_deliveries WHERE false;

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
-- What is left out stays. What waits is tried at once, and a visit that is under way notes no pause over this.
UPDATE own.webhooks
   SET url = coalesce(:url, url), description = coalesce(:description, description),
       changes = coalesce(:changes, changes), travellers = coalesce(CAST(:travellers AS uuid[]), travellers),
       concurrency = coalesce(:concurrency, concurrency), state = coalesce(:state, state),
       failures = 0, failing_since = NULL, paused_until = NULL, trouble = NULL, due_at = now(),
       revision = revision + 1
 WHERE webhook = CAST(:webhook AS uuid);

-- name: hasten_deliveries(webhook)!
UPDATE own.webhook_deliveries SET due_at = now()
 WHERE webhook = CAST(:webhook AS uuid) AND state = 'waiting' AND due_at > now();

-- name: hold_secrets(webhook)$
-- Two that change the secrets at once do so one after the other.
SELECT sealed FROM own.webhooks WHERE webhook = CAST(:webhook AS uuid) FOR NO KEY UPDATE;

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

-- name: hold_before_deliveries(webhook)$
-- Whoever forgets a trip and whoever notes a visit lock a webhook before its deliveries, too.
SELECT true FROM own.webhooks WHERE webhook = CAST(:webhook AS uuid) FOR NO KEY UPDATE;

-- name: redrive(webhook, event)
-- What is dead waits again, with three more days; NULL: all of it.
UPDATE own.webhook_deliveries
   SET state = 'waiting', since = now(), due_at = now(), failures = 0, ended_at = NULL
 WHERE webhook = CAST(:webhook AS uuid) AND state = 'dead'
   AND (CAST(:event AS uuid) IS NULL OR event = CAST(:event AS uuid))
RETURNING event::text AS event;

-- name: stir(webhook)!
-- Something waits, and a person wants to see it sent: now, whatever failed before.
UPDATE own.webhooks SET due_at = now(), paused_until = NULL, revision = revision + 1
 WHERE webhook = CAST(:webhook AS uuid);

-- name: subscriptions_of(tenants)
SELECT tenant, webhook::text AS webhook, changes, travellers::text[] AS travellers, form, created_at
  FROM own.webhooks WHERE state = 'on' AND tenant = ANY (CAST(:tenants AS text[]));

-- name: hold_webhooks(tenants)!
-- Where deliveries are to be deleted: a visit, too, locks its webhook before its deliveries. In the order in which
-- they are woken.
SELECT FROM own.webhooks WHERE tenant = ANY (CAST(:tenants AS text[])) ORDER BY tenant, webhook FOR NO KEY UPDATE;

-- name: forget_trips(tenants, travellers, trips, kept)!
-- Of a trip of which nothing should be left, nothing is left here but that it is gone. Told again, it is forgotten again.
DELETE FROM own.webhook_deliveries d
 USING unnest(CAST(:tenants AS text[]), CAST(:travellers AS uuid[]), CAST(:trips AS uuid[])) AS gone (tenant, traveller, trip)
 WHERE d.tenant = gone.tenant AND d.traveller = gone.traveller AND d.trip = gone.trip
   AND d.type <> ALL (CAST(:kept AS text[]));

-- name: queue_deliveries(tenant, webhook, event, type, trip, traveller, body, traceparent)
-- An event that the log tells again is here already. In the order of the log.
INSERT INTO own.webhook_deliveries (tenant, webhook, event, type, trip, traveller, body, traceparent)
SELECT new.tenant, new.webhook, new.event, new.type, new.trip, new.traveller, new.body, new.traceparent
  FROM unnest(CAST(:tenant AS text[]), CAST(:webhook AS uuid[]), CAST(:event AS uuid[]), CAST(:type AS text[]),
              CAST(:trip AS uuid[]), CAST(:traveller AS uuid[]), CAST(:body AS text[]),
              CAST(:traceparent AS text[])) WITH ORDINALITY
       AS new (tenant, webhook, event, type, trip, traveller, body, traceparent, place)
  JOIN own.webhooks w ON w.tenant = new.tenant AND w.webhook = new.webhook
 ORDER BY new.place
ON CONFLICT DO NOTHING
RETURNING tenant, webhook::text AS webhook;

-- name: wake_webhooks(tenants, webhooks)!
-- In one order, so that two that queue side by side cannot deadlock; and no lock here is stronger than NO KEY,
-- because each delivery that is queued holds KEY SHARE on its webhook.
WITH held AS (
    SELECT w.tenant, w.webhook
      FROM unnest(CAST(:tenants AS text[]), CAST(:webhooks AS uuid[])) AS woken (tenant, webhook)
      JOIN own.webhooks w USING (tenant, webhook)
     ORDER BY w.tenant, w.webhook
       FOR NO KEY UPDATE OF w
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
     ORDER BY due_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE own.webhooks w
   SET leased_until = now() + make_interval(secs => :seconds), lease = w.lease + 1
  FROM picked WHERE w.tenant = picked.tenant AND w.webhook = picked.webhook
RETURNING w.tenant, w.webhook::text AS webhook, w.url, w.form, w.concurrency, w.sealed, w.lease, w.revision, w.failures;

-- name: waiting_deliveries(tenant, webhook, wanted)
-- Due, and none of the same trip before it that waits for longer. Tests, which are of no trip, come first: a person
-- looks at the log meanwhile.
SELECT event, trip, body, now() - since AS waited, failures, traceparent FROM (
(SELECT event::text AS event, trip::text AS trip, body, since, failures, traceparent, serial
   FROM own.webhook_deliveries
  WHERE tenant = :tenant AND webhook = CAST(:webhook AS uuid) AND state = 'waiting' AND due_at <= now()
    AND trip IS NULL
  ORDER BY serial
  LIMIT :wanted)
UNION ALL
(SELECT d.event::text, d.trip::text, d.body, d.since, d.failures, d.traceparent, d.serial
   FROM own.webhook_deliveries d
  WHERE d.tenant = :tenant AND d.webhook = CAST(:webhook AS uuid) AND d.state = 'waiting' AND d.due_at <= now()
    AND d.trip IS NOT NULL
    AND NOT EXISTS (SELECT FROM own.webhook_deliveries earlier
                     WHERE earlier.tenant = d.tenant AND earlier.webhook = d.webhook AND earlier.trip = d.trip
                       AND earlier.state = 'waiting' AND earlier.serial < d.serial AND earlier.due_at > now())
  ORDER BY d.serial
  LIMIT :wanted)
) AS due
ORDER BY trip IS NOT NULL, serial
LIMIT :wanted;

-- name: hold_webhook(tenant, webhook, lease)$
-- Locks the row, so that the next statement sees everything that was queued before.
SELECT revision FROM own.webhooks
 WHERE tenant = :tenant AND webhook = CAST(:webhook AS uuid) AND lease = :lease FOR NO KEY UPDATE;

-- name: note_attempts(tenant, webhook, events, states, again_in, failures, attempts, is_current)!
-- What was delivered stays so, whoever else tried it meanwhile. What failed before a person changed the webhook, or
-- after the lease was lost, says nothing of when to try next.
UPDATE own.webhook_deliveries d
   SET attempts = d.attempts || n.attempt::jsonb,
       state = CASE WHEN n.counts THEN n.state ELSE d.state END,
       due_at = CASE WHEN n.counts THEN now() + n.again_in ELSE d.due_at END,
       failures = CASE WHEN n.counts THEN n.failures ELSE d.failures END,
       ended_at = CASE WHEN n.counts AND n.state <> 'waiting' THEN now() ELSE d.ended_at END
  FROM (SELECT *, :is_current OR state = 'delivered' AS counts
          FROM unnest(CAST(:events AS uuid[]), CAST(:states AS text[]), CAST(:again_in AS interval[]),
                      CAST(:failures AS int[]), CAST(:attempts AS text[]))
               AS tried (event, state, again_in, failures, attempt)) AS n
 WHERE d.tenant = :tenant AND d.webhook = CAST(:webhook AS uuid) AND d.event = n.event AND d.state <> 'delivered';

-- name: end_webhook_visit(tenant, webhook, failures, pause, succeeded, trouble, is_gone)!
UPDATE own.webhooks w
   SET failures = :failures, paused_until = now() + nullif(CAST(:pause AS interval), interval '0'),
       trouble = :trouble,
       failing_since = CASE WHEN :failures = 0 THEN NULL ELSE coalesce(failing_since, now()) END,
       succeeded_at = CASE WHEN :succeeded THEN now() ELSE succeeded_at END,
       state = CASE WHEN :is_gone THEN 'gone' ELSE state END
 WHERE tenant = :tenant AND webhook = CAST(:webhook AS uuid);

-- name: return_webhook(tenant, webhook, is_full)!
-- Due again when the first of a trip is: what stands behind it waits with it, and would be looked for in vain. After a
-- full visit more is due, and the many that wait need not be looked through; others have their turn before.
UPDATE own.webhooks w
   SET leased_until = NULL,
       due_at = CASE WHEN :is_full THEN now() ELSE
                (SELECT min(head.due_at)
                   FROM (SELECT DISTINCT ON (d.trip, CASE WHEN d.trip IS NULL THEN d.event END) d.due_at
                           FROM own.webhook_deliveries d
                          WHERE d.tenant = w.tenant AND d.webhook = w.webhook AND d.state = 'waiting'
                          ORDER BY d.trip, CASE WHEN d.trip IS NULL THEN d.event END, d.serial) AS head)
                END
 WHERE tenant = :tenant AND webhook = CAST(:webhook AS uuid);

-- name: bury_webhook(tenant, webhook, trouble)!
-- It cannot be sent to at all until somebody mends it: looked at again in an hour.
UPDATE own.webhooks
   SET leased_until = NULL, trouble = :trouble, paused_until = now() + interval '1 hour',
       failing_since = coalesce(failing_since, now())
 WHERE tenant = :tenant AND webhook = CAST(:webhook AS uuid);

-- name: end_hopeless(seconds)!
-- What waited too long at an endpoint that is off, or that has done nothing but fail for as long.
UPDATE own.webhook_deliveries d
   SET state = 'dead', ended_at = now()
  FROM own.webhooks w
 WHERE d.tenant = w.tenant AND d.webhook = w.webhook AND d.state = 'waiting'
   AND d.since < now() - make_interval(secs => :seconds)
   AND (w.state <> 'on' OR w.failing_since < now() - make_interval(secs => :seconds));

-- name: end_overfull(most)!
-- What an endpoint that is too slow will never take: of more than so many the oldest. They can be tried again.
UPDATE own.webhook_deliveries d
   SET state = 'dead', ended_at = now()
  FROM own.webhooks w,
       LATERAL (SELECT serial FROM own.webhook_deliveries newer
                 WHERE newer.tenant = w.tenant AND newer.webhook = w.webhook AND newer.state = 'waiting'
                 ORDER BY serial DESC OFFSET :most LIMIT 1) AS last
 WHERE d.tenant = w.tenant AND d.webhook = w.webhook AND d.state = 'waiting' AND d.serial <= last.serial;

-- name: all_secrets()
SELECT tenant, webhook::text AS webhook, sealed FROM own.webhooks;

-- name: renew_secrets(tenant, webhook, sealed, before)!
-- Only if nobody rotated meanwhile.
UPDATE own.webhooks SET sealed = :sealed
 WHERE tenant = :tenant AND webhook = CAST(:webhook AS uuid) AND sealed = :before;

-- name: places(queue_group, topic, partitions)
-- From where on nothing is queued yet. Of a log that was made anew nothing is.
SELECT partition, next_offset FROM own.webhook_places
 WHERE queue_group = :queue_group AND partition = ANY (CAST(:partitions AS int[]))
   AND coalesce(topic_id, :topic) = :topic;

-- name: hold_places(queue_group, topic, partitions)
-- The same, until the transaction ends. In the order of move_places, so that two cannot deadlock.
SELECT partition, next_offset FROM own.webhook_places
 WHERE queue_group = :queue_group AND partition = ANY (CAST(:partitions AS int[]))
   AND coalesce(topic_id, :topic) = :topic
 ORDER BY partition
   FOR UPDATE;

-- name: move_places(queue_group, topic, partitions, next_offsets)!
-- In the transaction that queues. Within one log forward alone: one that lost a partition meanwhile has queued what
-- another did.
INSERT INTO own.webhook_places AS known (queue_group, topic_id, partition, next_offset)
SELECT :queue_group, :topic, partition, next_offset
  FROM unnest(CAST(:partitions AS int[]), CAST(:next_offsets AS bigint[])) AS moved (partition, next_offset)
 ORDER BY partition
ON CONFLICT (queue_group, partition) DO UPDATE
   SET next_offset = CASE WHEN coalesce(known.topic_id, excluded.topic_id) = excluded.topic_id
                          THEN greatest(known.next_offset, excluded.next_offset) ELSE excluded.next_offset END,
       topic_id = excluded.topic_id;

-- name: prune_deliveries(days)!
-- Longer than the log is kept, so that what it tells again is known here.
DELETE FROM own.webhook_deliveries
 WHERE state <> 'waiting' AND queued_at < now() - make_interval(days => :days);
