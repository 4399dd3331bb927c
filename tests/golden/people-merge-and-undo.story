# Two weekends in the same city, in her eyes one journey: merged under the older id, through a third booking and a
# cancellation, until she takes it back. Then each is what it was, with its own id.
tmc AAA111: hotel "Inn One" 2026-05-01 .. 2026-05-03 in Rome
tmc BBB222: hotel "Inn Two" 2026-05-15 .. 2026-05-17 in Rome
=>
    trip T1 "Trip to Rome" 2026-05-01 .. 2026-05-03 confirmed
        hotel "Inn One" 2026-05-01 .. 2026-05-03 in Rome
            tmc AAA111
        bookings tmc AAA111
    trip T2 "Trip to Rome" 2026-05-15 .. 2026-05-17 confirmed
        hotel "Inn Two" 2026-05-15 .. 2026-05-17 in Rome
            tmc BBB222
        bookings tmc BBB222
person merge T2 T1
email M1: dining "Da Enzo" 2026-05-16 20:00 in Rome
tmc BBB222: hotel "Inn Two" 2026-05-15 .. 2026-05-18 in Rome
=>
    trip T1 "Trip to Rome" 2026-05-01 .. 2026-05-18 confirmed
        hotel "Inn One" 2026-05-01 .. 2026-05-03 in Rome
            tmc AAA111
        hotel "Inn Two" 2026-05-15 .. 2026-05-18 in Rome
            tmc BBB222
        dining "Da Enzo" 2026-05-16 20:00 in Rome
            email M1
        bookings tmc AAA111, tmc BBB222, email M1
    T2 -> T1
person undo
=>
    trip T1 "Trip to Rome" 2026-05-01 .. 2026-05-03 confirmed
        hotel "Inn One" 2026-05-01 .. 2026-05-03 in Rome
            tmc AAA111
        bookings tmc AAA111
    trip T2 "Trip to Rome" 2026-05-15 .. 2026-05-18 confirmed
        hotel "Inn Two" 2026-05-15 .. 2026-05-18 in Rome
            tmc BBB222
        dining "Da Enzo" 2026-05-16 20:00 in Rome
            email M1
        bookings tmc BBB222, email M1
