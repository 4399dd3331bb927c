# Her own name for a trip stays with it when it merges into an older one, and comes back with it.
email EARLY1: hotel "Inn One" 2026-05-01 .. 2026-05-03 in Rome
tmc LATE11: hotel "Inn Two" 2026-05-05 .. 2026-05-07 in Rome
=>
    trip T1 "Trip to Rome" 2026-05-01 .. 2026-05-03 confirmed
        hotel "Inn One" 2026-05-01 .. 2026-05-03 in Rome
            email EARLY1
        bookings email EARLY1
    trip T2 "Trip to Rome" 2026-05-05 .. 2026-05-07 confirmed
        hotel "Inn Two" 2026-05-05 .. 2026-05-07 in Rome
            tmc LATE11
        bookings tmc LATE11
person name T2 "Honeymoon"
email MID111: hotel "Inn Mid" 2026-05-03 .. 2026-05-05 in Rome
=>
    trip T1 "Honeymoon" 2026-05-01 .. 2026-05-07 confirmed
        hotel "Inn One" 2026-05-01 .. 2026-05-03 in Rome
            email EARLY1
        hotel "Inn Mid" 2026-05-03 .. 2026-05-05 in Rome
            email MID111
        hotel "Inn Two" 2026-05-05 .. 2026-05-07 in Rome
            tmc LATE11
        bookings email EARLY1, tmc LATE11, email MID111
    T2 -> T1
cancel email MID111
=>
    trip T1 "Trip to Rome" 2026-05-01 .. 2026-05-03 confirmed
        hotel "Inn One" 2026-05-01 .. 2026-05-03 in Rome
            email EARLY1
        hotel "Inn Mid" 2026-05-03 .. 2026-05-05 in Rome status cancelled
            email MID111
        bookings email EARLY1, email MID111 (cancelled)
    trip T2 "Honeymoon" 2026-05-05 .. 2026-05-07 confirmed
        hotel "Inn Two" 2026-05-05 .. 2026-05-07 in Rome
            tmc LATE11
        bookings tmc LATE11
