# The agency booked the same flight twice by mistake, saw it, and cancelled the second: she still flies with the
# first, and nobody needs to suspect anything.
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
tmc DEF456: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc DEF456; also tmc ABC123
        bookings tmc ABC123, tmc DEF456
cancel tmc DEF456
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc ABC123; also tmc DEF456 (cancelled)
        bookings tmc ABC123, tmc DEF456 (cancelled)
cancel tmc ABC123
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 cancelled
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 status cancelled
            tmc DEF456; also tmc ABC123
        bookings tmc ABC123 (cancelled), tmc DEF456 (cancelled)
