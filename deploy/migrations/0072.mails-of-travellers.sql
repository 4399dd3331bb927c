-- What other mails of a traveller say of a booking is asked whenever one of them says something.
-- depends: 0071.erasures

CREATE INDEX emails_by_traveller ON own.emails (tenant, traveller);
