# The agency splits her off into a new locator and cancels the old one for her: the flight stands under the new.
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
tmc DEF456: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
cancel tmc ABC123
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc DEF456; also tmc ABC123 (cancelled)
        bookings tmc DEF456, tmc ABC123 (cancelled)
