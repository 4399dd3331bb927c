# The agency posts the trip again without the car: it is withdrawn, not shown as cancelled. Cancelled as a whole,
# the trip keeps its id and shows what was.
post FAIR "Book fair"
    BKG1: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
    BKG2: car CQ SEA 2026-05-12 12:00 .. 2026-05-15 12:00
post FAIR "Book fair"
    BKG1: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
=>
    trip FAIR "Book fair" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
            tmc BKG1@FAIR
        bookings tmc BKG1@FAIR
post FAIR "Book fair" cancelled
    BKG1: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
=>
    trip FAIR "Book fair" 2026-05-12 .. 2026-05-16 cancelled
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle status cancelled
            tmc BKG1@FAIR
        bookings tmc BKG1@FAIR (cancelled)
