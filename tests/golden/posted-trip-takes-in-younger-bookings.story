# The trip was posted first: what is booked later for these days joins it, one booking widening the way for the
# next. What lies a week off does not.
post FAIR "Book fair"
    BKG1: car CQ SEA 2026-05-12 12:00 .. 2026-05-15 12:00
email HTL9: hotel "Grand Hotel" 2026-05-15 .. 2026-05-18 in Seattle
supplier:Alamo F-167: car AL SEA 2026-05-18 09:00 .. 2026-05-19 18:00
tmc FAR111: hotel "Far Inn" 2026-05-26 .. 2026-05-27 in Tacoma
=>
    trip FAIR "Book fair" 2026-05-12 .. 2026-05-19 confirmed
        car CQ SEA 2026-05-12 12:00 .. 2026-05-15 12:00
            tmc BKG1@FAIR
        hotel "Grand Hotel" 2026-05-15 .. 2026-05-18 in Seattle
            email HTL9
        car AL SEA 2026-05-18 09:00 .. 2026-05-19 18:00
            supplier:Alamo F-167
        bookings tmc BKG1@FAIR, email HTL9, supplier:Alamo F-167
    trip T1 "Trip to Tacoma" 2026-05-26 .. 2026-05-27 confirmed
        hotel "Far Inn" 2026-05-26 .. 2026-05-27 in Tacoma
            tmc FAR111
        bookings tmc FAR111
