# The agency moves both flights by a week under the same locator. The trip moves; its id and what people link to
# it stay.
tmc ABC123
    air LH 400 FRA-JFK 2026-05-12 10:00 +02:00 .. 13:00 -04:00
    air LH 401 JFK-FRA 2026-05-16 16:00 -04:00 .. 2026-05-17 05:30 +02:00
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-17 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 +02:00 .. 13:00 -04:00
            tmc ABC123
        air LH 401 JFK-FRA 2026-05-16 16:00 -04:00 .. 2026-05-17 05:30 +02:00
            tmc ABC123
        bookings tmc ABC123
tmc ABC123
    air LH 400 FRA-JFK 2026-05-19 10:00 +02:00 .. 13:00 -04:00
    air LH 401 JFK-FRA 2026-05-23 16:00 -04:00 .. 2026-05-24 05:30 +02:00
=>
    trip T1 "Trip to JFK" 2026-05-19 .. 2026-05-24 confirmed
        air LH 400 FRA-JFK 2026-05-19 10:00 +02:00 .. 13:00 -04:00
            tmc ABC123
        air LH 401 JFK-FRA 2026-05-23 16:00 -04:00 .. 2026-05-24 05:30 +02:00
            tmc ABC123
        bookings tmc ABC123
