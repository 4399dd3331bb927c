-- What PostgreSQL holds of one traveller, for that person to have. No secret and no hash of one is among it: whoever holds
-- the file could use them.

-- name: entered(tenant, traveller)$
-- What people entered; read by the owner of the tables.
SELECT json_build_object(
    'person', (SELECT json_build_object('first_name', first_name, 'last_name', last_name, 'roles', roles)
                 FROM own.travellers WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid)),
    'logins', (SELECT coalesce(json_agg(login ORDER BY login), '[]')
                 FROM own.traveller_logins WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid)),
    'addresses', (SELECT coalesce(json_agg(address ORDER BY address), '[]')
                    FROM own.traveller_addresses WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid)),
    'said', (SELECT coalesce(json_agg(o ORDER BY said_at, override), '[]')
               FROM own.overrides o WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid)),
    'mails', (SELECT coalesce(json_agg(m ORDER BY received, message), '[]')
                FROM own.emails m WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid)),
    'shares', (SELECT coalesce(json_agg(json_build_object(
                          'trip', trip, 'created_by', created_by, 'created_at', created_at, 'expires_at', expires_at,
                          'revoked_at', revoked_at, 'opened_at', opened_at, 'opened_times', opened_times)
                      ORDER BY created_at, share), '[]')
                 FROM own.shares WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid)),
    'looked_at', (SELECT coalesce(json_agg(json_build_object('trip', trip, 'looked_at', looked_at) ORDER BY looked_at, trip), '[]')
                    FROM own.looks WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid)),
    'looked_up_by', (SELECT coalesce(json_agg(json_build_object(
                                'by', opened_by, 'at', opened_at, 'on', on_date, 'place', place, 'taken_away', taken_away)
                            ORDER BY opened_at, opening), '[]')
                       FROM own.people_openings JOIN own.people_shown USING (tenant, opening)
                      WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid)),
    'calendar_links', (SELECT coalesce(json_agg(json_build_object(
                                  'name', name, 'created_at', created_at, 'switched_off_at', switched_off_at,
                                  'fetched_at', fetched_at, 'fetched_by', fetched_by)
                              ORDER BY created_at, feed), '[]')
                         FROM own.calendar_feeds WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid))
)::text;

-- name: as_ingest()$
SELECT set_config('role', 'itinerary_ingest', true);

-- name: connected(tenant, traveller)$
SELECT coalesce(json_agg(json_build_object('kind', kind, 'state', state, 'connected_at', connected_at)), '[]')::text
  FROM own.tripit_accounts WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid);

-- name: as_query()$
SELECT set_config('role', 'itinerary_query', true);

-- name: shown(tenant, traveller)$
SELECT json_build_object(
    'trips', (SELECT coalesce(json_agg(document ORDER BY listed_on, id), '[]')
                FROM read.trips WHERE tenant = :tenant AND traveller = :traveller AND state = 'live'),
    'history', (SELECT coalesce(json_agg(json_build_object(
                           'trip', trip, 'at', at, 'kind', kind, 'changes', changes, 'document', document)
                       ORDER BY position), '[]')
                  FROM read.changes WHERE tenant = :tenant AND traveller = :traveller),
    'told_to_webhooks', (SELECT coalesce(json_agg(json_build_object(
                                    'type', type, 'trip', trip, 'queued_at', queued_at, 'state', state, 'body', body)
                                ORDER BY serial), '[]')
                           FROM own.webhook_deliveries
                          WHERE tenant = :tenant AND traveller = CAST(:traveller AS uuid))
)::text;
