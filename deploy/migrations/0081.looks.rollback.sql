DROP TABLE own.looks;
