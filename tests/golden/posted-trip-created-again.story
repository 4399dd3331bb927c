# The agency's client repeats the post that created the trip: at once, after the hotel was changed, after a car was
# cancelled by its number, and after all was cancelled. A creation speaks once: nothing said since is undone.
post FAIR "Book fair"
    BKG1: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
    BKG2: car CQ SEA 2026-05-12 12:00 .. 2026-05-15 12:00
post FAIR again
tmc BKG1: hotel "Grand Hotel" 2026-05-12 .. 2026-05-18 in Seattle
cancel number tmc BKG2
post FAIR again
=>
    trip FAIR "Book fair" 2026-05-12 .. 2026-05-18 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-18 in Seattle
            tmc BKG1@FAIR
        car CQ SEA 2026-05-12 12:00 .. 2026-05-15 12:00 status cancelled
            tmc BKG2@FAIR
        bookings tmc BKG1@FAIR, tmc BKG2@FAIR (cancelled)
post FAIR "Book fair"
    BKG1: hotel "Grand Hotel" 2026-05-12 .. 2026-05-17 in Seattle
post FAIR again
=>
    trip FAIR "Book fair" 2026-05-12 .. 2026-05-17 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-17 in Seattle
            tmc BKG1@FAIR
        car CQ SEA 2026-05-12 12:00 .. 2026-05-15 12:00 status cancelled
            tmc BKG2@FAIR
        bookings tmc BKG1@FAIR, tmc BKG2@FAIR (cancelled)
post FAIR "Book fair" cancelled and later posts
    BKG1: hotel "Grand Hotel" 2026-05-12 .. 2026-05-17 in Seattle
post FAIR again
=>
    trip FAIR "Book fair" 2026-05-12 .. 2026-05-17 cancelled
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-17 in Seattle status cancelled
            tmc BKG1@FAIR
        car CQ SEA 2026-05-12 12:00 .. 2026-05-15 12:00 status cancelled
            tmc BKG2@FAIR
        bookings tmc BKG1@FAIR (cancelled), tmc BKG2@FAIR (cancelled)
# With its id it is changed, and so taken up again.
post FAIR "Book fair"
    BKG1: hotel "Grand Hotel" 2026-05-12 .. 2026-05-17 in Seattle
=>
    trip FAIR "Book fair" 2026-05-12 .. 2026-05-17 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-17 in Seattle
            tmc BKG1@FAIR
        car CQ SEA 2026-05-12 12:00 .. 2026-05-15 12:00 status cancelled
            tmc BKG2@FAIR
        bookings tmc BKG1@FAIR, tmc BKG2@FAIR (cancelled)
