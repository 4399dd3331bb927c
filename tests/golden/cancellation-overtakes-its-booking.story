# The cancellation of a booking arrives before the booking that it is newer than.
tmc ABC123 late: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
cancel tmc ABC123
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 cancelled
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 status cancelled
            tmc ABC123
        bookings tmc ABC123 (cancelled)
