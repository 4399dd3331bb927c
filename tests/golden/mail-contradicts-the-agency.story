# The mail gives other times, another terminal and a date of return that nobody booked. What was posted is never
# overwritten; the mail only fills what the agency left unsaid, and the flight that it alone knows stands by its
# side for her to judge.
tmc ABC123
    air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 cabin Y
    air LH 401 JFK-FRA 2026-05-16 16:00 .. 2026-05-17 05:30
email X7K2QP
    air LH 400 FRA-JFK 2026-05-12 10:30 .. 13:40 cabin C seats 12A
    air LH 401 JFK-FRA 2026-05-17 16:00 .. 2026-05-18 05:30
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-18 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 seats 12A cabin Y
            tmc ABC123; also email X7K2QP; seats by email X7K2QP
        air LH 401 JFK-FRA 2026-05-16 16:00 .. 2026-05-17 05:30
            tmc ABC123
        air LH 401 JFK-FRA 2026-05-17 16:00 .. 2026-05-18 05:30
            email X7K2QP
        bookings tmc ABC123, email X7K2QP
