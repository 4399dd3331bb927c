-- Mail: where it may be sent to, how far a mailbox was read, and what became of each mail.
-- depends: 0001.own

CREATE TABLE own.mail_addresses (
    -- In small letters.
    address text PRIMARY KEY CHECK (address = lower(address)),
    tenant text NOT NULL REFERENCES own.tenants,
    -- A traveller's own address is not to be guessed: whoever mails to it speaks for the traveller.
    -- NULL: the company's address, where the sender must be somebody known.
    traveller uuid,
    FOREIGN KEY (tenant, traveller) REFERENCES own.travellers ON DELETE CASCADE
);
CREATE INDEX mail_addresses_by_traveller ON own.mail_addresses (tenant, traveller);

CREATE TABLE own.mailboxes (
    -- user@host/folder
    mailbox text PRIMARY KEY,
    tenant text NOT NULL REFERENCES own.tenants,
    -- Numbers of mails hold only under it; the server may change it.
    uid_validity bigint NOT NULL,
    next_uid bigint NOT NULL
);

CREATE TABLE own.emails (
    tenant text NOT NULL REFERENCES own.tenants,
    message uuid NOT NULL,
    -- Whose it is; NULL while nobody knows.
    traveller uuid,
    -- Whose it may be: for the person who reviews it, and for nothing else.
    proposed_traveller uuid,
    outcome text NOT NULL CHECK (outcome IN
        ('queued', 'extracted', 'nothing_found', 'needs_review', 'rejected', 'accepted', 'corrected', 'discarded')),
    -- A stable code, and words for people; NULL where nothing needs a reason.
    reason text,
    why text,
    door text NOT NULL,
    received timestamptz NOT NULL,
    sender text,
    subject text,
    -- Everything else that is shown or needed again: EmailEntry in services/ingest/domain/emails.py.
    entry jsonb NOT NULL,
    PRIMARY KEY (tenant, message),
    FOREIGN KEY (tenant, traveller) REFERENCES own.travellers ON DELETE CASCADE
);
CREATE INDEX emails_by_time ON own.emails (tenant, received DESC, message);
CREATE INDEX emails_waiting ON own.emails (tenant, outcome, received DESC, message);
-- Which other mails support a record, asked before a record is withdrawn.
CREATE INDEX emails_by_record ON own.emails USING gin ((entry -> 'record_keys'));

-- A mail arrives before its tenant is known: the address that it was sent to tells. So one address may be
-- looked at by naming it, and no list of addresses by anyone but the tenant.
ALTER TABLE own.mail_addresses ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.mail_addresses FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.mail_addresses
    USING (tenant = current_setting('itinerary.tenant', true)
           OR address = current_setting('itinerary.mail_address', true))
    WITH CHECK (tenant = current_setting('itinerary.tenant', true));
ALTER TABLE own.mailboxes ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.mailboxes FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.mailboxes USING (tenant = current_setting('itinerary.tenant', true));
ALTER TABLE own.emails ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.emails FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.emails USING (tenant = current_setting('itinerary.tenant', true));

GRANT SELECT ON own.mail_addresses TO itinerary_ingest;
GRANT SELECT, INSERT, UPDATE ON own.mailboxes, own.emails TO itinerary_ingest;
