-- Which topic the read model was made from, by the broker's id: one that is created anew keeps its name.
-- depends: 0081.looks

-- Of what a release before stored nothing is known; the next projector notes it.
ALTER TABLE read.offsets ADD COLUMN topic_id uuid;
