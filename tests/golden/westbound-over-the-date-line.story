# Auckland to Honolulu: the flight lands, by the wall clock, on the day before it left. The mail knows only
# days. One flight; nobody "corrects" the times; the stay that begins on the day of landing is the same trip,
# which therefore covers the earlier day, too.
tmc ABC123: air NZ 10 AKL-HNL 2026-05-12 00:30 +12:00 .. 2026-05-11 11:00 -10:00
email X7K2QP: air NZ 010 AKL-HNL 2026-05-12 .. 2026-05-11
email HTL9: hotel "Surf Inn" 2026-05-11 .. 2026-05-15 in Honolulu
=>
    trip T1 "Trip to Honolulu" 2026-05-11 .. 2026-05-15 confirmed
        hotel "Surf Inn" 2026-05-11 .. 2026-05-15 in Honolulu
            email HTL9
        air NZ 10 AKL-HNL 2026-05-12 00:30 +12:00 .. 2026-05-11 11:00 -10:00
            tmc ABC123; also email X7K2QP
        bookings tmc ABC123, email X7K2QP, email HTL9
