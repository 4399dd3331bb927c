# Los Angeles to Sydney: a calendar day is lost over the Pacific. The stay begins two days after departure, on
# the day of landing, and belongs to the trip.
tmc ABC123: air QF 12 LAX-SYD 2026-05-12 22:30 -07:00 .. 2026-05-14 06:30 +10:00
supplier:Harbour H1: hotel "Harbour View" 2026-05-14 .. 2026-05-18 in Sydney
=>
    trip T1 "Trip to Sydney" 2026-05-12 .. 2026-05-18 confirmed
        air QF 12 LAX-SYD 2026-05-12 22:30 -07:00 .. 2026-05-14 06:30 +10:00
            tmc ABC123
        hotel "Harbour View" 2026-05-14 .. 2026-05-18 in Sydney
            supplier:Harbour H1
        bookings tmc ABC123, supplier:Harbour H1
