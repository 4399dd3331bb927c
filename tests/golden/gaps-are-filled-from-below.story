# The agency knows neither arrival nor seat nor phone; booking tool, TripIt and mail fill what is missing, each
# only where no better source speaks.
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00
booking_tool BT1: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 cabin Y
tripit 1: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:10 cabin C seats 12A
email M1: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:20 seats 14F phone 555
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 seats 12A cabin Y phone 555
            tmc ABC123; also booking_tool BT1, tripit 1, email M1; end by booking_tool BT1; cabin by booking_tool BT1; seats by tripit 1; phone by email M1
        bookings tmc ABC123, booking_tool BT1, tripit 1, email M1
