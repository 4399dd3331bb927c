-- The roles stay: other schemas and databases of the same server may use them.
DROP SCHEMA own CASCADE;
