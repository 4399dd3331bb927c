# The other way round: the hotel still holds the room that the agency says is cancelled. She might be charged for
# it, so it stands, marked as suspected.
tmc ABC123: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York" number 111
supplier:Grand H1: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York" number 111
cancel tmc ABC123
=>
    trip T1 "Trip to New York" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York" number 111
            supplier:Grand H1; also tmc ABC123 (cancelled); suspected cancelled
        bookings supplier:Grand H1, tmc ABC123 (cancelled)
