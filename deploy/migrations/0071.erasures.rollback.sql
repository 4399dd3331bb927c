DROP TRIGGER no_erased ON own.emails;
DROP TRIGGER no_erased ON own.travellers;
DROP FUNCTION own.pass_over_erased, own.refuse_erased;
DROP TABLE own.erased_mails, own.erasures;
