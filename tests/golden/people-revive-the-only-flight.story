# The agency cancelled her only flight, she says that it stands: the trip lives because she says so.
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
cancel tmc ABC123
person correct tmc ABC123#1: air - - - status confirmed
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc ABC123
        bookings tmc ABC123 (cancelled)
