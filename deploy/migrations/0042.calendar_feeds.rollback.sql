DROP TABLE own.calendar_feeds;
