DROP TABLE own.people_shown;
DROP TABLE own.people_openings;
