# The airline knows better than the agency whether its flight goes: cancelled by the supplier, it is cancelled,
# although agency and mail still have it. The hotel stays.
tmc ABC123
    air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
    hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
email X7K2QP: air LH 400 FRA-JFK 2026-05-12 10:00
supplier:Lufthansa LX1: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 status cancelled
=>
    trip T1 "Trip to New York" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
            tmc ABC123
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 status cancelled
            tmc ABC123; also email X7K2QP, supplier:Lufthansa LX1
        bookings tmc ABC123, email X7K2QP (cancelled), supplier:Lufthansa LX1 (cancelled)
