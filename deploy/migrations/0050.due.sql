-- When time alone will change a trip next, for the sweeper: an index over what the documents say.
-- Expands only: a projector of the release before leaves the columns as they are born here.
-- depends: 0041.changes

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'itinerary_sweeper') THEN
        CREATE ROLE itinerary_sweeper NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'itinerary_sweeper', 'SET') THEN
        GRANT itinerary_sweeper TO CURRENT_USER;
    END IF;
END
$$;

ALTER TABLE read.trips
    ADD COLUMN due_at timestamptz,
    -- When a sweeper last asked for it; forgotten with each new version.
    ADD COLUMN swept_at timestamptz;

UPDATE read.trips AS t
   SET due_at = least(
           CASE WHEN NOT t.completed THEN (t.document #>> '{content,completes_at}')::timestamptz END,
           CASE WHEN NOT t.expense_ready THEN (t.document #>> '{content,expense,expensable_from}')::timestamptz END)
 WHERE state = 'live';

CREATE INDEX trips_by_due ON read.trips (due_at, tenant, id) WHERE due_at IS NOT NULL;

-- The sweeper serves every tenant and sees of a trip no more than whose it is and when it is due.
CREATE POLICY sweeping ON read.trips FOR ALL TO itinerary_sweeper USING (true) WITH CHECK (true);
GRANT USAGE ON SCHEMA read TO itinerary_sweeper;
GRANT SELECT (tenant, id, traveller, due_at, swept_at), UPDATE (swept_at) ON read.trips TO itinerary_sweeper;
