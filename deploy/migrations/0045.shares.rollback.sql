DROP TABLE own.shares;
