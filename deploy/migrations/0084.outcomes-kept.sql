-- When what became of a statement was stored, so that it is kept for as long as it can be asked about, and no longer.
-- depends: 0082.topic-ids 0083.kept-plans

-- Of what a release before stored, the time of this migration: it is kept rather too long. So is what that release stores
-- beside ours.
ALTER TABLE read.messages ADD COLUMN stored_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX messages_by_age ON read.messages USING brin (stored_at);

-- What became of people's words is kept as long as these are. A projector reads which messages they came by, and no more.
GRANT USAGE ON SCHEMA own TO itinerary_projector;
GRANT SELECT (message) ON own.overrides TO itinerary_projector;
CREATE POLICY outcomes_kept ON own.overrides FOR SELECT TO itinerary_projector USING (true);
