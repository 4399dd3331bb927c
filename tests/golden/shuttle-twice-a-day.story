# The 08:00 and the 18:00 of one airline between the same cities on one day: two flights with two numbers. A mail
# without a number is the one that leaves within minutes of it.
tmc ABC123
    air LH 180 FRA-TXL 2026-05-12 08:00 .. 09:10
    air LH 196 FRA-TXL 2026-05-12 18:00 .. 19:10
email M1: air - - FRA-TXL 2026-05-12 18:00 .. 19:10 seats 4C
email M2: air - - FRA-TXL 2026-05-12 08:05 .. 09:10 seats 7A
=>
    trip T1 "Trip to TXL" 2026-05-12 .. 2026-05-12 confirmed
        air LH 180 FRA-TXL 2026-05-12 08:00 .. 09:10 seats 7A
            tmc ABC123; also email M2; seats by email M2
        air LH 196 FRA-TXL 2026-05-12 18:00 .. 19:10 seats 4C
            tmc ABC123; also email M1; seats by email M1
        bookings tmc ABC123, email M1, email M2
