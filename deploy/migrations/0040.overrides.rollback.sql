DROP TABLE own.idempotency_keys, own.overrides;
