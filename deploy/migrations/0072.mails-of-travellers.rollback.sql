DROP INDEX own.emails_by_traveller;
