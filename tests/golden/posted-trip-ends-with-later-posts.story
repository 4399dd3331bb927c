# The agency changes a booking of its trip without the trip's id, and cancels the trip before anybody has seen that
# change: it was part of the trip, and ends with it.
post FAIR "Book fair"
    BKG1: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
tmc BKG1 late: hotel "Grand Hotel" 2026-05-12 .. 2026-05-18 in Seattle
post FAIR "Book fair" cancelled and later posts
    BKG1: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
=>
    trip FAIR "Book fair" 2026-05-12 .. 2026-05-16 cancelled
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle status cancelled
            tmc BKG1@FAIR
        bookings tmc BKG1@FAIR (cancelled)
# What it books afterwards stands by itself, whatever comes to the cancelled trip.
tmc BKG1: hotel "Grand Hotel" 2026-05-13 .. 2026-05-15 in Seattle
post FAIR "Book fair" cancelled
    BKG1: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
cancel tmc BKG1@FAIR
=>
    trip FAIR "Book fair" 2026-05-12 .. 2026-05-16 cancelled
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle status cancelled
            tmc BKG1@FAIR
        bookings tmc BKG1@FAIR (cancelled)
    trip T1 "Trip to Seattle" 2026-05-13 .. 2026-05-15 confirmed
        hotel "Grand Hotel" 2026-05-13 .. 2026-05-15 in Seattle
            tmc BKG1
        bookings tmc BKG1
