# The same days, but the loose booking was there before: a trip posted later takes over nothing by dates alone.
supplier:Alamo F-167: car AL SEA 2026-05-13 12:00 .. 2026-05-15 12:00
post FAIR "Book fair"
    BKG1: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
=>
    trip FAIR "Book fair" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
            tmc BKG1@FAIR
        bookings tmc BKG1@FAIR
    trip T1 "Trip to SEA" 2026-05-13 .. 2026-05-15 confirmed
        car AL SEA 2026-05-13 12:00 .. 2026-05-15 12:00
            supplier:Alamo F-167
        bookings supplier:Alamo F-167
