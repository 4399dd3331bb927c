# Berlin by the agency, Hamburg by mail, the same night and the same brand name: the places are known and far
# apart, so they are two houses, and she has a room too many.
tmc ABC123: hotel "Holiday Inn Express" 2026-05-12 .. 2026-05-14 in Berlin at 52.520000,13.405000
email M1: hotel "Holiday Inn Express" 2026-05-12 .. 2026-05-14 in Hamburg at 53.550000,9.990000
=>
    trip T1 "Trip to Hamburg" 2026-05-12 .. 2026-05-14 confirmed
        hotel "Holiday Inn Express" 2026-05-12 .. 2026-05-14 in Hamburg at 53.550000,9.990000
            email M1
        hotel "Holiday Inn Express" 2026-05-12 .. 2026-05-14 in Berlin at 52.520000,13.405000
            tmc ABC123
        bookings tmc ABC123, email M1
