DROP TABLE own.tripit_paces;
