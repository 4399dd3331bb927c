# The agency cancels and books the same days anew under another locator: for her it is the same trip, and its id
# stays.
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc ABC123
        bookings tmc ABC123
cancel tmc ABC123
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 cancelled
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 status cancelled
            tmc ABC123
        bookings tmc ABC123 (cancelled)
tmc DEF456: air LH 402 FRA-JFK 2026-05-12 14:00 .. 17:00
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 status cancelled
            tmc ABC123
        air LH 402 FRA-JFK 2026-05-12 14:00 .. 17:00
            tmc DEF456
        bookings tmc DEF456, tmc ABC123 (cancelled)
