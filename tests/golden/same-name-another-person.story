# Two colleagues are both called Ada Lovelace. Who is meant was settled when the booking came in, by login or
# address: equal flights under equal names never meet.
traveller Ada
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 guests "Ada Lovelace"
traveller Ada-of-sales
email ABC123: air LH 400 FRA-JFK 2026-05-12 10:15 .. 13:00 guests "LOVELACE/ADA MRS"
=>
    traveller Ada
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 guests "Ada Lovelace"
            tmc ABC123
        bookings tmc ABC123
    traveller Ada-of-sales
    trip T2 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:15 .. 13:00 guests "LOVELACE/ADA MRS"
            email ABC123
        bookings email ABC123
