# The flight that she corrected is no longer in the booking: the correction shows nothing by itself.
tmc ABC123
    air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
    air LH 401 JFK-FRA 2026-05-13 16:00
person correct tmc ABC123#2: air - - - 2026-05-13 17:00
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc ABC123
        bookings tmc ABC123
