# The agency moves the check-in by a day; the mail still has the old one, under the same number at the same house:
# one stay, the agency's. The two nights after it under that number are a stay of their own.
tmc ABC123: hotel "Grand Hotel" 2026-05-13 .. 2026-05-16 in Berlin number 111 type Single
email M1
    hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Berlin number 111 phone 11
    hotel "Grand Hotel" 2026-05-16 .. 2026-05-18 in Berlin number 111 phone 22
=>
    trip T1 "Trip to Berlin" 2026-05-13 .. 2026-05-18 confirmed
        hotel "Grand Hotel" 2026-05-13 .. 2026-05-16 in Berlin number 111 type Single phone 11
            tmc ABC123; also email M1; phone by email M1
        hotel "Grand Hotel" 2026-05-16 .. 2026-05-18 in Berlin number 111 phone 22
            email M1
        bookings tmc ABC123, email M1
