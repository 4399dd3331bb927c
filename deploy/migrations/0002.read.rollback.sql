-- What the migration grants on schema own, the first one granted already.
DROP SCHEMA read CASCADE;
