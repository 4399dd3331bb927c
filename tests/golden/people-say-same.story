# The mail calls the hotel by a name that nothing links to the agency's. She says that they are the same; the
# agency's values stand, the mail fills, and the mail's own newer words do not part them again.
tmc ABC123: hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 in Berlin
email M1: hotel "Palais am Dom" 2026-05-12 .. 2026-05-14 in Berlin phone 11
=>
    trip T1 "Trip to Berlin" 2026-05-12 .. 2026-05-14 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 in Berlin
            tmc ABC123
        hotel "Palais am Dom" 2026-05-12 .. 2026-05-14 in Berlin phone 11
            email M1
        bookings tmc ABC123, email M1
person same tmc ABC123#1 email M1#1
email M1: hotel "Palais am Dom" 2026-05-12 .. 2026-05-15 in Berlin phone 12
=>
    trip T1 "Trip to Berlin" 2026-05-12 .. 2026-05-14 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 in Berlin phone 12
            tmc ABC123; also email M1; phone by email M1
        bookings tmc ABC123, email M1
