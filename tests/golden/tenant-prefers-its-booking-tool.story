# This company trusts its booking tool more than its agency, and e-mail more than TripIt. Even so no order of a
# tenant lifts mail above what was posted.
settings precedence route_and_times email booking_tool tmc
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
booking_tool BT1: air LH 400 FRA-JFK 2026-05-12 10:10 .. 13:10
tripit 1: air LH 401 JFK-FRA 2026-05-16 16:00 .. 2026-05-17 05:30
email M1
    air LH 400 FRA-JFK 2026-05-12 10:20 .. 13:20
    air LH 401 JFK-FRA 2026-05-16 16:20 .. 2026-05-17 05:50
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-17 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:10 .. 13:10
            booking_tool BT1; also tmc ABC123, email M1; carrier and flight_number by tmc ABC123
        air LH 401 JFK-FRA 2026-05-16 16:20 .. 2026-05-17 05:50
            email M1; also tripit 1; carrier and flight_number by tripit 1
        bookings tmc ABC123, booking_tool BT1, tripit 1, email M1
    T2 -> T1
