# Two rooms for one family, none of them numbered: the guests tell them apart, however their names are written.
tmc ABC123
    hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin guests "Ada Lovelace"
    hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin guests "Ben Lovelace"
email HTL9
    hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin guests "LOVELACE BEN MR" phone 22
    hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin guests "LOVELACE/ADA MRS" phone 11
=>
    trip T1 "Trip to Berlin" 2026-05-12 .. 2026-05-15 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin guests "Ada Lovelace" phone 11
            tmc ABC123; also email HTL9; phone by email HTL9
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin guests "Ben Lovelace" phone 22
            tmc ABC123; also email HTL9; phone by email HTL9
        bookings tmc ABC123, email HTL9
