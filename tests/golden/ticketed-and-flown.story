# A flight counts as an expense with a ticket that is still worth something; an exchanged coupon alone is not.
tmc ABC123 coupons EXCH: air LH 400 FRA-JFK 2026-05-12 10:00 +02:00 .. 13:00 -04:00
clock 2026-05-13T00:00:00Z
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 ticketed, over
        air LH 400 FRA-JFK 2026-05-12 10:00 +02:00 .. 13:00 -04:00
            tmc ABC123
        bookings tmc ABC123
tmc ABC123 coupons EXCH,USED: air LH 400 FRA-JFK 2026-05-12 10:00 +02:00 .. 13:00 -04:00
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 ticketed, over, ready to expense
        air LH 400 FRA-JFK 2026-05-12 10:00 +02:00 .. 13:00 -04:00
            tmc ABC123
        bookings tmc ABC123
