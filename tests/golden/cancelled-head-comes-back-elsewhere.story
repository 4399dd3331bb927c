# The oldest booking of a trip is cancelled: the hotel that remains keeps the trip's id. The booking comes back in
# another month, as a trip of its own with a new id: the old one belongs to those who stayed.
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
supplier:Grand H1: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
=>
    trip T1 "Trip to New York" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
            supplier:Grand H1
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc ABC123
        bookings tmc ABC123, supplier:Grand H1
cancel tmc ABC123
=>
    trip T1 "Trip to New York" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
            supplier:Grand H1
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 status cancelled
            tmc ABC123
        bookings supplier:Grand H1, tmc ABC123 (cancelled)
tmc ABC123: air LH 400 FRA-JFK 2026-06-20 10:00 .. 13:00
=>
    trip T1 "Trip to New York" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
            supplier:Grand H1
        bookings supplier:Grand H1
    trip T2 "Trip to JFK" 2026-06-20 .. 2026-06-20 confirmed
        air LH 400 FRA-JFK 2026-06-20 10:00 .. 13:00
            tmc ABC123
        bookings tmc ABC123
