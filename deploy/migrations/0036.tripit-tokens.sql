-- A notification names a token of each account that it is for: all of them are looked up at once.
-- depends: 0035.tripit-trouble-since

-- Processes of before go on naming one alone.
ALTER POLICY by_token ON own.tripit_accounts
    USING (token_hash = ANY (string_to_array(current_setting('itinerary.tripit_token', true), ',')));
