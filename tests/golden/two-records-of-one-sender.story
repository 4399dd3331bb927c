# The airline splits out and home into two locators; the mail has both flights under a third. Four claims, two
# flights, one trip because the mail speaks of both.
supplier:Lufthansa OUT111: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
supplier:Lufthansa HOME22: air LH 401 JFK-FRA 2026-05-16 16:00 .. 2026-05-17 05:30
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            supplier:Lufthansa OUT111
        bookings supplier:Lufthansa OUT111
    trip T2 "Trip to FRA" 2026-05-16 .. 2026-05-17 confirmed
        air LH 401 JFK-FRA 2026-05-16 16:00 .. 2026-05-17 05:30
            supplier:Lufthansa HOME22
        bookings supplier:Lufthansa HOME22
email X7K2QP
    air LH 401 JFK-FRA 2026-05-16 16:00
    air LH 400 FRA-JFK 2026-05-12 10:00
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-17 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            supplier:Lufthansa OUT111; also email X7K2QP
        air LH 401 JFK-FRA 2026-05-16 16:00 .. 2026-05-17 05:30
            supplier:Lufthansa HOME22; also email X7K2QP
        bookings supplier:Lufthansa OUT111, supplier:Lufthansa HOME22, email X7K2QP
    T2 -> T1
