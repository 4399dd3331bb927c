# The mail says NYC, and may mean any airport of New York: number and hour make it the agency's flight to JFK. A
# mail that says Newark means another flight.
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
email M1: air LH 400 FRA-NYC 2026-05-12 10:00 seats 12A
email M2: air LH 402 FRA-EWR 2026-05-12 10:00
=>
    trip T1 "Trip to EWR" 2026-05-12 .. 2026-05-12 confirmed
        air LH 402 FRA-EWR 2026-05-12 10:00
            email M2
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 seats 12A
            tmc ABC123; also email M1; seats by email M1
        bookings tmc ABC123, email M1, email M2
