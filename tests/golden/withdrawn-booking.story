# The mail turns out to concern somebody else: withdrawn, it is not shown at all, and a trip that consisted of it
# alone is gone. Its flight in the agency's booking stands without doubt.
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
email X7K2QP
    air LH 400 FRA-JFK 2026-05-12 10:00 seats 12A
    air LH 401 JFK-FRA 2026-05-12 18:00
email OTHER1: hotel "Elsewhere" 2026-07-01 .. 2026-07-03 in Oslo
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 seats 12A
            tmc ABC123; also email X7K2QP; seats by email X7K2QP
        air LH 401 JFK-FRA 2026-05-12 18:00
            email X7K2QP
        bookings tmc ABC123, email X7K2QP
    trip T2 "Trip to Oslo" 2026-07-01 .. 2026-07-03 confirmed
        hotel Elsewhere 2026-07-01 .. 2026-07-03 in Oslo
            email OTHER1
        bookings email OTHER1
withdraw email X7K2QP
withdraw email OTHER1
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc ABC123
        bookings tmc ABC123
    T2 deleted
