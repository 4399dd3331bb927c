# The agency says that the flight is cancelled, she sits in it: it stands with the values that it had, because she
# says so; the booking is as its owner states it. If she takes that back, it is cancelled.
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
email HTL9: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
cancel tmc ABC123
person correct tmc ABC123#1: air - - - status confirmed
=>
    trip T1 "Trip to New York" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
            email HTL9
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc ABC123
        bookings tmc ABC123 (cancelled), email HTL9
person undo
=>
    trip T1 "Trip to New York" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
            email HTL9
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 status cancelled
            tmc ABC123
        bookings email HTL9, tmc ABC123 (cancelled)
