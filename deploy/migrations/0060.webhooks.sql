-- Webhooks: who wants to hear of trips, what waits to be told, and what became of each telling.
-- depends: 0050.due

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'itinerary_webhooks') THEN
        CREATE ROLE itinerary_webhooks NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'itinerary_webhooks', 'SET') THEN
        GRANT itinerary_webhooks TO CURRENT_USER;
    END IF;
END
$$;

CREATE TABLE own.webhooks (
    tenant text NOT NULL REFERENCES own.tenants,
    webhook uuid NOT NULL,
    url text NOT NULL,
    description text NOT NULL DEFAULT '',
    -- Types of change and travellers that it hears of; empty: all.
    changes text[] NOT NULL DEFAULT '{}',
    travellers uuid[] NOT NULL DEFAULT '{}',
    form text NOT NULL CHECK (form IN ('cloudevents', 'concur')),
    -- How many requests at once. Those of one trip come one after the other whatever this says.
    concurrency integer NOT NULL CHECK (concurrency BETWEEN 1 AND 20),
    -- The secrets that sign: encrypted, and bound to this row.
    sealed text NOT NULL,
    -- `gone`: the endpoint answered 410.
    state text NOT NULL DEFAULT 'on' CHECK (state IN ('on', 'off', 'gone')),
    created_at timestamptz NOT NULL DEFAULT now(),
    -- The earliest delivery that waits; NULL where none does.
    due_at timestamptz,
    -- After failures the endpoint as a whole is left alone until then.
    paused_until timestamptz,
    leased_until timestamptz,
    lease bigint NOT NULL DEFAULT 0,
    -- In a row.
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    succeeded_at timestamptz,
    trouble text,
    PRIMARY KEY (tenant, webhook)
);
CREATE INDEX webhooks_by_due ON own.webhooks (due_at) WHERE state = 'on' AND due_at IS NOT NULL;

CREATE TABLE own.webhook_deliveries (
    tenant text NOT NULL,
    webhook uuid NOT NULL,
    -- The id of the event: queued once, however often the log tells it.
    event uuid NOT NULL,
    -- The order in which an endpoint hears of one trip.
    serial bigint GENERATED ALWAYS AS IDENTITY,
    type text NOT NULL,
    -- NULL for a test.
    trip uuid,
    traveller uuid,
    body text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
    queued_at timestamptz NOT NULL DEFAULT now(),
    -- From when on the three days count; anew when a person has it tried again.
    since timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL DEFAULT now(),
    failures integer NOT NULL DEFAULT 0,
    -- Each attempt: when, what the endpoint answered, or which trouble, and how long it took.
    attempts jsonb NOT NULL DEFAULT '[]',
    ended_at timestamptz,
    PRIMARY KEY (tenant, webhook, event),
    FOREIGN KEY (tenant, webhook) REFERENCES own.webhooks ON DELETE CASCADE
);
CREATE INDEX webhook_deliveries_waiting ON own.webhook_deliveries (tenant, webhook, serial) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_of_trip ON own.webhook_deliveries (tenant, webhook, trip, serial)
    WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_by_serial ON own.webhook_deliveries (tenant, webhook, serial DESC);
CREATE INDEX webhook_deliveries_by_traveller ON own.webhook_deliveries (tenant, traveller);
CREATE INDEX webhook_deliveries_by_age ON own.webhook_deliveries USING brin (queued_at);

DO $$
DECLARE
    the_table text;
BEGIN
    FOREACH the_table IN ARRAY ARRAY['webhooks', 'webhook_deliveries'] LOOP
        EXECUTE format('ALTER TABLE own.%I ENABLE ROW LEVEL SECURITY', the_table);
        EXECUTE format('ALTER TABLE own.%I FORCE ROW LEVEL SECURITY', the_table);
        EXECUTE format(
            'CREATE POLICY one_tenant ON own.%I TO itinerary_query '
            'USING (tenant = (SELECT current_setting(''itinerary.tenant'', true)))', the_table);
        -- One process sends for all tenants; it sees no other table.
        EXECUTE format('CREATE POLICY sending ON own.%I TO itinerary_webhooks USING (true)', the_table);
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA own TO itinerary_webhooks;
GRANT SELECT, INSERT, UPDATE, DELETE ON own.webhooks, own.webhook_deliveries TO itinerary_query;
GRANT SELECT, UPDATE ON own.webhooks TO itinerary_webhooks;
GRANT SELECT, INSERT, UPDATE, DELETE ON own.webhook_deliveries TO itinerary_webhooks;

-- `GET /v1/events?since=<instant>` finds where an instant lies in each partition, and must know what is gone.
CREATE INDEX changes_by_instant ON read.changes (tenant, at);
ALTER TABLE read.offsets ADD COLUMN dropped_until timestamptz;
