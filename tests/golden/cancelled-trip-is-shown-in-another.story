# The agency's trip is cancelled and its dates touch those of the flight home, a trip of its own: the cancelled
# booking is shown there. The flight's trip keeps its id, although the cancelled one is older; the old id leads to it.
tmc ABC123
    air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
    hotel "Grand Hotel" 2026-05-13 .. 2026-05-16 in "New York" status cancelled
supplier:Lufthansa F7: air LH 401 JFK-FRA 2026-05-14 16:00 .. 23:00
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc ABC123
        hotel "Grand Hotel" 2026-05-13 .. 2026-05-16 in "New York" status cancelled
            tmc ABC123
        bookings tmc ABC123
    trip T2 "Trip to FRA" 2026-05-14 .. 2026-05-14 confirmed
        air LH 401 JFK-FRA 2026-05-14 16:00 .. 23:00
            supplier:Lufthansa F7
        bookings supplier:Lufthansa F7
cancel tmc ABC123
=>
    trip T2 "Trip to FRA" 2026-05-14 .. 2026-05-14 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 status cancelled
            tmc ABC123
        hotel "Grand Hotel" 2026-05-13 .. 2026-05-16 in "New York" status cancelled
            tmc ABC123
        air LH 401 JFK-FRA 2026-05-14 16:00 .. 23:00
            supplier:Lufthansa F7
        bookings supplier:Lufthansa F7, tmc ABC123 (cancelled)
    T1 -> T2
