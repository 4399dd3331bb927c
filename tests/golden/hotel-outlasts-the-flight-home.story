# She flies home on the 16th, the room is booked to the 18th (a suitcase stays). One trip, to the 18th: nobody
# cuts a booking short.
tmc ABC123
    air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
    air LH 401 JFK-FRA 2026-05-16 16:00 .. 2026-05-17 05:30
supplier:Grand H1: hotel "Grand Hotel" 2026-05-12 .. 2026-05-18 in "New York"
=>
    trip T1 "Trip to New York" 2026-05-12 .. 2026-05-18 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-18 in "New York"
            supplier:Grand H1
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc ABC123
        air LH 401 JFK-FRA 2026-05-16 16:00 .. 2026-05-17 05:30
            tmc ABC123
        bookings tmc ABC123, supplier:Grand H1
