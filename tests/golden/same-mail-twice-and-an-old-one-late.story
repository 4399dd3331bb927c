# The mail comes twice, and an older version of it after all others: nothing appears twice, nothing goes back.
email X7K2QP late: air LH 400 FRA-JFK 2026-05-12 09:00
email X7K2QP: air LH 400 FRA-JFK 2026-05-12 10:00
email X7K2QP: air LH 400 FRA-JFK 2026-05-12 10:00
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00
            email X7K2QP
        bookings email X7K2QP
