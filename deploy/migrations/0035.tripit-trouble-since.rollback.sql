ALTER TABLE own.tripit_accounts DROP COLUMN trouble_since;
