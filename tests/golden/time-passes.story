# On the day after the stay the trip is over and ready to expense. Then the hotel reports two more nights: it is
# open again, and over once more when these have passed.
tmc ABC123: hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 in Berlin
clock 2026-05-14T12:00:00Z
=>
    trip T1 "Trip to Berlin" 2026-05-12 .. 2026-05-14 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 in Berlin
            tmc ABC123
        bookings tmc ABC123
clock 2026-05-15T12:00:00Z
=>
    trip T1 "Trip to Berlin" 2026-05-12 .. 2026-05-14 confirmed, over, ready to expense
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 in Berlin
            tmc ABC123
        bookings tmc ABC123
tmc ABC123: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Berlin
=>
    trip T1 "Trip to Berlin" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Berlin
            tmc ABC123
        bookings tmc ABC123
clock 2026-05-17T12:00:00Z
=>
    trip T1 "Trip to Berlin" 2026-05-12 .. 2026-05-16 confirmed, over, ready to expense
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Berlin
            tmc ABC123
        bookings tmc ABC123
