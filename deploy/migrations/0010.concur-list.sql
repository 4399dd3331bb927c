-- What Concur's list is filtered by beside dates: kinds of segment, and whether the trip is virtual.
-- Expands only: a projector of the release before leaves the columns as they are born here.
-- depends: 0002.read

ALTER TABLE read.trips
    -- The kinds of segment that stand; of a cancelled trip, those that stood. NULL where the trip is not live.
    ADD COLUMN segment_types text[],
    -- Booked elsewhere and only noted here, as its header says.
    ADD COLUMN virtual boolean NOT NULL DEFAULT false;

UPDATE read.trips AS t
   SET segment_types = ARRAY(
           SELECT DISTINCT segment ->> 'type'
             FROM json_array_elements(t.document -> 'content' -> 'segments') AS segment
            WHERE segment ->> 'status' IS DISTINCT FROM 'cancelled' OR t.status = 'cancelled'),
       virtual = coalesce((t.document #>> '{content,posted,header,is_virtual}')::boolean, false)
 WHERE state = 'live';
