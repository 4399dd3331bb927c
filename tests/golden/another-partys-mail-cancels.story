# The airline's mail cancels, the travel site's mail still has the flight: one is as good as the other, so it stands
# under suspicion.
email:site SITE1: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
email:airline X7K2QP: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
cancel email:airline X7K2QP
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            email:site SITE1; also email:airline X7K2QP (cancelled); suspected cancelled
        bookings email:site SITE1, email:airline X7K2QP (cancelled)
