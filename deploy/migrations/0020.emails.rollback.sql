DROP TABLE own.emails;
DROP TABLE own.mailboxes;
DROP TABLE own.mail_addresses;
