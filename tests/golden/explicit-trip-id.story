# A booking sent into a trip by its id joins it although it lies months off; one for a posted trip may come before
# that trip does.
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
booking_tool VISA1 into T1: event "Visa appointment" 2026-03-02 09:00 .. 10:00 in Berlin
booking_tool TOUR1 into FAIR: event "City tour" 2026-08-20 09:00 .. 10:00 in Seattle
=>
    trip T1 "Trip to JFK" 2026-03-02 .. 2026-05-12 confirmed
        event "Visa appointment" 2026-03-02 09:00 .. 10:00 in Berlin
            booking_tool VISA1
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc ABC123
        bookings tmc ABC123, booking_tool VISA1
    trip T2 "Trip to Seattle" 2026-08-20 .. 2026-08-20 confirmed
        event "City tour" 2026-08-20 09:00 .. 10:00 in Seattle
            booking_tool TOUR1
        bookings booking_tool TOUR1
post FAIR "Book fair"
    BKG1: hotel "Grand Hotel" 2026-07-12 .. 2026-07-16 in Seattle
=>
    trip T1 "Trip to JFK" 2026-03-02 .. 2026-05-12 confirmed
        event "Visa appointment" 2026-03-02 09:00 .. 10:00 in Berlin
            booking_tool VISA1
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc ABC123
        bookings tmc ABC123, booking_tool VISA1
    trip FAIR "Book fair" 2026-07-12 .. 2026-08-20 confirmed
        hotel "Grand Hotel" 2026-07-12 .. 2026-07-16 in Seattle
            tmc BKG1@FAIR
        event "City tour" 2026-08-20 09:00 .. 10:00 in Seattle
            booking_tool TOUR1
        bookings booking_tool TOUR1, tmc BKG1@FAIR
    T2 -> FAIR
