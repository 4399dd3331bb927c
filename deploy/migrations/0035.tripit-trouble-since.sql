-- Since when an account has had the trouble that it has: a feed that is not there for a minute is not given up.
-- depends: 0034.tripit-feed-hints

ALTER TABLE own.tripit_accounts ADD COLUMN trouble_since timestamptz;
