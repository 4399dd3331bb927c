ALTER POLICY by_token ON own.tripit_accounts
    USING (token_hash = current_setting('itinerary.tripit_token', true));
