# Out and home are booked apart, with nothing known of the days between: two trips. Then the hotel's mail arrives
# and makes them one, under the older id; the other id leads there.
tmc OUT111: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
tmc HOME22: air LH 401 JFK-FRA 2026-05-16 16:00 .. 2026-05-17 05:30
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc OUT111
        bookings tmc OUT111
    trip T2 "Trip to FRA" 2026-05-16 .. 2026-05-17 confirmed
        air LH 401 JFK-FRA 2026-05-16 16:00 .. 2026-05-17 05:30
            tmc HOME22
        bookings tmc HOME22
email HTL9: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
=>
    trip T1 "Trip to New York" 2026-05-12 .. 2026-05-17 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
            email HTL9
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc OUT111
        air LH 401 JFK-FRA 2026-05-16 16:00 .. 2026-05-17 05:30
            tmc HOME22
        bookings tmc OUT111, tmc HOME22, email HTL9
    T2 -> T1
