-- Keys of requests and the answers that they stand for. Row-level security keeps tenants apart: the transaction has the tenant.

-- name: forget_old_keys()!
-- Clients may send again for a day.
DELETE FROM own.idempotency_keys WHERE started_at < now() - interval '24 hours';

-- name: claim_key(tenant, id, request_hash)$
-- Taken by whoever comes first. One whose taker died is free again after a minute, for the same request.
INSERT INTO own.idempotency_keys AS known (tenant, id, request_hash)
VALUES (:tenant, CAST(:id AS uuid), :request_hash)
ON CONFLICT (tenant, id) DO UPDATE SET started_at = now()
 WHERE known.status IS NULL AND known.started_at < now() - interval '1 minute'
   AND known.request_hash = excluded.request_hash
RETURNING true;

-- name: find_key(id)^
SELECT request_hash, status, headers::text AS headers, body FROM own.idempotency_keys WHERE id = CAST(:id AS uuid);

-- name: keep_answer(id, status, headers, body)!
UPDATE own.idempotency_keys SET status = :status, headers = CAST(:headers AS jsonb), body = :body
 WHERE id = CAST(:id AS uuid);

-- name: release_key(id)!
DELETE FROM own.idempotency_keys WHERE id = CAST(:id AS uuid);
