# A mail says that the flight is cancelled, the agency still has it: it stands, under suspicion, until the agency
# confirms. Only then is the trip cancelled.
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
email X7K2QP: air LH 400 FRA-JFK 2026-05-12 10:00 status cancelled
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc ABC123; also email X7K2QP (cancelled); suspected cancelled
        bookings tmc ABC123, email X7K2QP (cancelled)
cancel tmc ABC123
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 cancelled
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 status cancelled
            tmc ABC123; also email X7K2QP
        bookings tmc ABC123 (cancelled), email X7K2QP (cancelled)
