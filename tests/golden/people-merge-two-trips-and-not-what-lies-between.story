# She merges the first and the last of three trips; the one in the middle stays by itself.
tmc ONE: hotel "One" 2026-05-01 .. 2026-05-03 in Rome
tmc MID: hotel "Two" 2026-05-08 .. 2026-05-09 in Oslo
tmc LAST: hotel "Three" 2026-05-15 .. 2026-05-17 in Rome
person merge T1 T3
=>
    trip T1 "Trip to Rome" 2026-05-01 .. 2026-05-17 confirmed
        hotel One 2026-05-01 .. 2026-05-03 in Rome
            tmc ONE
        hotel Three 2026-05-15 .. 2026-05-17 in Rome
            tmc LAST
        bookings tmc ONE, tmc LAST
    trip T2 "Trip to Oslo" 2026-05-08 .. 2026-05-09 confirmed
        hotel Two 2026-05-08 .. 2026-05-09 in Oslo
            tmc MID
        bookings tmc MID
    T3 -> T1
