# The agency booked two rooms under two locators; one mail names the hotel once. A lower source never joins what
# higher ones left apart.
tmc ABC123: hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 in Berlin number A1
tmc DEF456: hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 in Berlin number A2
email HTL9: hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 in Berlin
=>
    trip T1 "Trip to Berlin" 2026-05-12 .. 2026-05-14 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 in Berlin number A1
            tmc ABC123; also email HTL9
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 in Berlin number A2
            tmc DEF456
        bookings tmc ABC123, tmc DEF456, email HTL9
