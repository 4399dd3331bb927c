# A drop-off year of 2126 for 2026: within what the language takes, so it is kept, and spans all that follows until
# it is corrected. Years in which nobody travels are refused at the door.
refused email M0: hotel "Grand Hotel" 0001-01-01 .. 0001-01-02
refused email M0: hotel "Grand Hotel" 2026-05-12 .. 9999-12-31
email M1: car AL SEA 2026-05-12 12:00 .. 2126-05-15 12:00
tmc ABC123: air LH 400 FRA-JFK 2026-09-12 10:00 .. 13:00
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2126-05-15 confirmed
        car AL SEA 2026-05-12 12:00 .. 2126-05-15 12:00
            email M1
        air LH 400 FRA-JFK 2026-09-12 10:00 .. 13:00
            tmc ABC123
        bookings email M1, tmc ABC123
email M1: car AL SEA 2026-05-12 12:00 .. 2026-05-15 12:00
=>
    trip T1 "Trip to SEA" 2026-05-12 .. 2026-05-15 confirmed
        car AL SEA 2026-05-12 12:00 .. 2026-05-15 12:00
            email M1
        bookings email M1
    trip T2 "Trip to JFK" 2026-09-12 .. 2026-09-12 confirmed
        air LH 400 FRA-JFK 2026-09-12 10:00 .. 13:00
            tmc ABC123
        bookings tmc ABC123
