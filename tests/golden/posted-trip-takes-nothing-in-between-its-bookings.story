# A tour was sent to the posted trip, weeks after the fair. What lies between the two belongs to neither.
post FAIR "Book fair"
    BKG1: hotel "Grand Hotel" 2026-07-12 .. 2026-07-16 in Seattle
booking_tool TOUR1 into FAIR: event "City tour" 2026-08-20 09:00 .. 10:00 in Seattle
email MID1: hotel "Elsewhere" 2026-08-01 .. 2026-08-03 in Oslo
=>
    trip FAIR "Book fair" 2026-07-12 .. 2026-08-20 confirmed
        hotel "Grand Hotel" 2026-07-12 .. 2026-07-16 in Seattle
            tmc BKG1@FAIR
        event "City tour" 2026-08-20 09:00 .. 10:00 in Seattle
            booking_tool TOUR1
        bookings tmc BKG1@FAIR, booking_tool TOUR1
    trip T1 "Trip to Oslo" 2026-08-01 .. 2026-08-03 confirmed
        hotel Elsewhere 2026-08-01 .. 2026-08-03 in Oslo
            email MID1
        bookings email MID1
