-- What was given up is looked for among all that was delivered: to be shown, and to be tried again.
-- depends: 0063.webhook-topics

CREATE INDEX webhook_deliveries_dead ON own.webhook_deliveries (tenant, webhook, serial) WHERE state = 'dead';
