# A stay that ends before it begins, by a mail's mistake: kept in the record, shown without the impossible end, and
# nobody invents a right one. The agency's statement of the same stay brings it.
email M1: hotel "Grand Hotel" 2026-05-14 .. 2026-05-12 in Berlin
email M2: dining "Chez Max" 2026-05-13 19:00 in Berlin
=>
    trip T2 "Trip to Berlin" 2026-05-13 .. 2026-05-13 confirmed
        dining "Chez Max" 2026-05-13 19:00 in Berlin
            email M2
        bookings email M2
    trip T1 "Trip to Berlin" 2026-05-14 .. 2026-05-14 confirmed
        hotel "Grand Hotel" 2026-05-14 in Berlin
            email M1
        bookings email M1
tmc ABC123: hotel "Grand Hotel" 2026-05-14 .. 2026-05-16 in Berlin
=>
    trip T2 "Trip to Berlin" 2026-05-13 .. 2026-05-13 confirmed
        dining "Chez Max" 2026-05-13 19:00 in Berlin
            email M2
        bookings email M2
    trip T1 "Trip to Berlin" 2026-05-14 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-14 .. 2026-05-16 in Berlin
            tmc ABC123; also email M1
        bookings email M1, tmc ABC123
