ALTER TABLE own.tripit_authorisations DROP COLUMN claimed_until;
DROP INDEX own.tripit_accounts_by_token;
-- Of several travellers with one token only the one who connected first hears of changes again.
UPDATE own.tripit_accounts a SET token_hash = NULL
 WHERE EXISTS (SELECT FROM own.tripit_accounts b WHERE b.token_hash = a.token_hash
                  AND (b.connected_at, b.tenant, b.traveller) < (a.connected_at, a.tenant, a.traveller));
ALTER TABLE own.tripit_accounts ADD CONSTRAINT tripit_accounts_token_hash_key UNIQUE (token_hash);
ALTER TABLE own.tripit_accounts DROP COLUMN is_subscribed;
