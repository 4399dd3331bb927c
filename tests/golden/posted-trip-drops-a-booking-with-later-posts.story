# The agency moved the car without the trip's id, and posts the trip without it: the car goes, and does not stand
# by itself as it was moved. Booked again it does, and the next change of the trip leaves it alone.
post FAIR "Book fair"
    BKG1: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
    BKG2: car CQ SEA 2026-05-12 12:00 .. 2026-05-15 12:00
tmc BKG2 late: car CQ SEA 2026-05-13 12:00 .. 2026-05-15 12:00
post FAIR "Book fair"
    BKG1: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
withdraw tmc BKG2@FAIR and later posts
=>
    trip FAIR "Book fair" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
            tmc BKG1@FAIR
        bookings tmc BKG1@FAIR
tmc BKG2: car CQ SEA 2026-06-13 12:00 .. 2026-06-15 12:00
post FAIR "Book fair"
    BKG1: hotel "Grand Hotel" 2026-05-12 .. 2026-05-17 in Seattle
=>
    trip FAIR "Book fair" 2026-05-12 .. 2026-05-17 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-17 in Seattle
            tmc BKG1@FAIR
        bookings tmc BKG1@FAIR
    trip T1 "Trip to SEA" 2026-06-13 .. 2026-06-15 confirmed
        car CQ SEA 2026-06-13 12:00 .. 2026-06-15 12:00
            tmc BKG2
        bookings tmc BKG2
