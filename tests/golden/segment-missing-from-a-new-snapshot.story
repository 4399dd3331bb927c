# The agency's new statement has no flight home: it is gone, for its owner's statements are whole. The mail that
# still has it keeps it in sight.
tmc ABC123
    air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
    air LH 401 JFK-FRA 2026-05-16 16:00 .. 2026-05-17 05:30
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc ABC123
        bookings tmc ABC123
email X7K2QP
    air LH 400 FRA-JFK 2026-05-12 10:00
    air LH 401 JFK-FRA 2026-05-16 16:00
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-16 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc ABC123; also email X7K2QP
        air LH 401 JFK-FRA 2026-05-16 16:00
            email X7K2QP
        bookings tmc ABC123, email X7K2QP
