# The agency books mother and son under one locator and posts it for each of them. Cancelling the son's part
# leaves hers alone; no trip is shared.
traveller Ada
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 seats 12A
traveller Ben
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 seats 12B
cancel tmc ABC123
=>
    traveller Ada
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 seats 12A
            tmc ABC123
        bookings tmc ABC123
    traveller Ben
    trip T2 "Trip to JFK" 2026-05-12 .. 2026-05-12 cancelled
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 seats 12B status cancelled
            tmc ABC123
        bookings tmc ABC123 (cancelled)
