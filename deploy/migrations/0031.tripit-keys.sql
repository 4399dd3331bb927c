-- Accounts at TripIt: who is notified, several travellers of one account, and exchanges that are under way.
-- depends: 0030.tripit

-- Whether TripIt was asked to notify us with the account's token. False of every old row: asking again is harmless.
ALTER TABLE own.tripit_accounts ADD COLUMN is_subscribed boolean NOT NULL DEFAULT false;

-- One account at TripIt may be connected by several travellers, of several companies too; TripIt gives all the same
-- token, and a notification is for all of them.
ALTER TABLE own.tripit_accounts DROP CONSTRAINT tripit_accounts_token_hash_key;
CREATE INDEX tripit_accounts_by_token ON own.tripit_accounts (token_hash) WHERE token_hash IS NOT NULL;

-- Until when somebody exchanges the token of an authorisation, which succeeds only once.
ALTER TABLE own.tripit_authorisations ADD COLUMN claimed_until timestamptz;
