# A private weekend at the end of a business stay: split off, it stays apart through every newer statement, together
# with the mail about it. Taken back, all is one again under the old id.
tmc AAA111: hotel "Business Inn" 2026-05-11 .. 2026-05-15 in Lisbon
supplier:Beach H1: hotel "Beach House" 2026-05-15 .. 2026-05-17 in Cascais
=>
    trip T1 "Trip to Lisbon" 2026-05-11 .. 2026-05-17 confirmed
        hotel "Business Inn" 2026-05-11 .. 2026-05-15 in Lisbon
            tmc AAA111
        hotel "Beach House" 2026-05-15 .. 2026-05-17 in Cascais
            supplier:Beach H1
        bookings tmc AAA111, supplier:Beach H1
person split supplier:Beach H1
email M1: hotel "Beach House" 2026-05-15 .. 2026-05-17 in Cascais phone 555
tmc AAA111: hotel "Business Inn" 2026-05-10 .. 2026-05-15 in Lisbon
=>
    trip T1 "Trip to Lisbon" 2026-05-10 .. 2026-05-15 confirmed
        hotel "Business Inn" 2026-05-10 .. 2026-05-15 in Lisbon
            tmc AAA111
        bookings tmc AAA111
    trip T2 "Trip to Cascais" 2026-05-15 .. 2026-05-17 confirmed
        hotel "Beach House" 2026-05-15 .. 2026-05-17 in Cascais phone 555
            supplier:Beach H1; also email M1; phone by email M1
        bookings supplier:Beach H1, email M1
person undo
=>
    trip T1 "Trip to Lisbon" 2026-05-10 .. 2026-05-17 confirmed
        hotel "Business Inn" 2026-05-10 .. 2026-05-15 in Lisbon
            tmc AAA111
        hotel "Beach House" 2026-05-15 .. 2026-05-17 in Cascais phone 555
            supplier:Beach H1; also email M1; phone by email M1
        bookings tmc AAA111, supplier:Beach H1, email M1
    T2 -> T1
