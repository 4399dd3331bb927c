# The mail calls it by the name of the building; 30 metres are the same place.
tmc ABC123: hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 at 52.520000,13.405000
email M1: hotel "Palais am Dom" 2026-05-12 .. 2026-05-14 at 52.520200,13.405200
email M2: hotel "Grand Hostel" 2026-05-12 .. 2026-05-14 at 52.540000,13.405000
=>
    trip T1 "Grand Hotel" 2026-05-12 .. 2026-05-14 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 at 52.520000,13.405000
            tmc ABC123; also email M1
        hotel "Grand Hostel" 2026-05-12 .. 2026-05-14 at 52.540000,13.405000
            email M2
        bookings tmc ABC123, email M1, email M2
