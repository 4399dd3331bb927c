# Two hotels for the same nights, one from the agency and one by mail: she has to choose, the system does not.
tmc ABC123: hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin number 111
email HTL9: hotel "Park Inn" 2026-05-12 .. 2026-05-15 in Berlin number 222
=>
    trip T1 "Trip to Berlin" 2026-05-12 .. 2026-05-15 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin number 111
            tmc ABC123
        hotel "Park Inn" 2026-05-12 .. 2026-05-15 in Berlin number 222
            email HTL9
        bookings tmc ABC123, email HTL9
