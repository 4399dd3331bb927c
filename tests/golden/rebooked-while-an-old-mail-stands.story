# As before, but a confirmation mail of the old day lies about. Nobody took it back, and the system does not
# guess that it is void: it stands as a trip of its own until a newer mail or a cancellation says otherwise. The
# agency's trip keeps the id.
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 +02:00 .. 13:00 -04:00
email X7K2QP: air LH 400 FRA-JFK 2026-05-12 10:00 +02:00
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 +02:00 .. 13:00 -04:00
            tmc ABC123; also email X7K2QP
        bookings tmc ABC123, email X7K2QP
tmc ABC123: air LH 400 FRA-JFK 2026-05-19 10:00 +02:00 .. 13:00 -04:00
=>
    trip T2 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 +02:00
            email X7K2QP
        bookings email X7K2QP
    trip T1 "Trip to JFK" 2026-05-19 .. 2026-05-19 confirmed
        air LH 400 FRA-JFK 2026-05-19 10:00 +02:00 .. 13:00 -04:00
            tmc ABC123
        bookings tmc ABC123
email X7K2QP: air LH 400 FRA-JFK 2026-05-19 10:00 +02:00
=>
    trip T1 "Trip to JFK" 2026-05-19 .. 2026-05-19 confirmed
        air LH 400 FRA-JFK 2026-05-19 10:00 +02:00 .. 13:00 -04:00
            tmc ABC123; also email X7K2QP
        bookings tmc ABC123, email X7K2QP
    T2 -> T1
