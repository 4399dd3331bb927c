# The agency has both legs, the mail one line from first to last airport under the first number. It is kept in
# sight by itself: nothing proves that it is no third flight.
tmc ABC123
    air LH 1 HAM-FRA 2026-05-12 07:00 .. 08:10
    air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
email M1: air LH 1 HAM-JFK 2026-05-12 07:00 .. 13:00
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 1 HAM-JFK 2026-05-12 07:00 .. 13:00
            email M1
        air LH 1 HAM-FRA 2026-05-12 07:00 .. 08:10
            tmc ABC123
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc ABC123
        bookings tmc ABC123, email M1
