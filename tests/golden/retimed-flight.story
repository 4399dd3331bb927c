# The agency moves the departure by two hours, the mail still has the old time: the same flight, with the
# agency's times and the mail's seat.
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 +02:00 .. 13:00 -04:00 number X7K2QP
email X7K2QP: air LH 0400 FRA-JFK 2026-05-12 08:00 +02:00 .. 11:00 -04:00 seats 12A
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 +02:00 .. 13:00 -04:00 number X7K2QP seats 12A
            tmc ABC123; also email X7K2QP; seats by email X7K2QP
        bookings tmc ABC123, email X7K2QP
