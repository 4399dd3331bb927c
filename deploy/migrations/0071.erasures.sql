-- The ledger of travellers who were erased: nothing late, replayed or restored may revive them.
-- Holds opaque ids alone. Restore it, or fill it again from records.v1, before anything else of a backup is used.
-- depends: 0070.rebuild

CREATE TABLE own.erasures (
    tenant text NOT NULL REFERENCES own.tenants,
    traveller uuid NOT NULL,
    erased_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, traveller)
);

-- Mails that were theirs: as long as raw.v1 holds one it may be read again.
CREATE TABLE own.erased_mails (
    tenant text NOT NULL REFERENCES own.tenants,
    message uuid NOT NULL,
    erased_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, message)
);

ALTER TABLE own.erasures ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.erasures FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.erasures USING (tenant = (SELECT current_setting('itinerary.tenant', true)));
ALTER TABLE own.erased_mails ENABLE ROW LEVEL SECURITY;
ALTER TABLE own.erased_mails FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON own.erased_mails USING (tenant = (SELECT current_setting('itinerary.tenant', true)));
GRANT SELECT ON own.erasures, own.erased_mails TO itinerary_ingest;

-- Held by the tables themselves, so that no door, replay or import has to remember to ask.
CREATE FUNCTION own.refuse_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM own.erasures e WHERE e.tenant = new.tenant AND e.traveller = new.traveller) THEN
        RAISE 'this traveller was erased' USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER no_erased BEFORE INSERT ON own.travellers FOR EACH ROW EXECUTE FUNCTION own.refuse_erased();

-- A mail that is read again is no trouble of its reader's; it is only not noted.
CREATE FUNCTION own.pass_over_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM own.erased_mails e WHERE e.tenant = new.tenant AND e.message = new.message) THEN
        RETURN NULL;
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER no_erased BEFORE INSERT ON own.emails FOR EACH ROW EXECUTE FUNCTION own.pass_over_erased();
