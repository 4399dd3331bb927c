# A mail that knows only the day is the same flight and changes nothing. The dinner is one, too: its day comes
# from TripIt, the better source, and no hour of another source is put beside that day.
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
email M1: air LH 400 FRA-JFK 2026-05-12
email M2: dining "Chez Max" 2026-05-12 19:00 in "New York"
tripit 1: dining "Chez Max" 2026-05-12 in "New York"
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        dining "Chez Max" 2026-05-12 in "New York"
            tripit 1; also email M2
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc ABC123; also email M1
        bookings tmc ABC123, email M1, email M2, tripit 1
