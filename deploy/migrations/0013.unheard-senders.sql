-- Who was entered as a sender and never sent anything may still become another party: nothing bears its name.
-- depends: 0012.former-senders

-- Of those that stand nobody knows, and what an older release enters it does not note: they count as heard.
ALTER TABLE own.senders ADD COLUMN heard boolean NOT NULL DEFAULT true;
