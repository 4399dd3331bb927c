# TripIt numbers its revisions: the sixth is older than the seventh, although it came later.
tripit 111 revision 7: air LH 400 FRA-JFK 2026-05-12 10:00
tripit 111 revision 6: air LH 400 FRA-JFK 2026-05-12 09:00
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00
            tripit 111
        bookings tripit 111
