# What she need not be warned of stays with the trip when it merges into an older one, comes back with it, and ends
# when she takes it back. What her other trip warns of is another matter.
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
person dismiss T1 "two beds"
person dismiss T2 "no bed"
person dismiss T2 "no bed"
email MID111: hotel "Inn Mid" 2026-05-03 .. 2026-05-05 in Rome
=>
    trip T1 "Trip to Rome" 2026-05-01 .. 2026-05-07 confirmed, 2 dismissed
        hotel "Inn One" 2026-05-01 .. 2026-05-03 in Rome
            email EARLY1
        hotel "Inn Mid" 2026-05-03 .. 2026-05-05 in Rome
            email MID111
        hotel "Inn Two" 2026-05-05 .. 2026-05-07 in Rome
            tmc LATE11
        bookings email EARLY1, tmc LATE11, email MID111
    T2 -> T1
cancel email MID111
person undo
=>
    trip T1 "Trip to Rome" 2026-05-01 .. 2026-05-03 confirmed, 1 dismissed
        hotel "Inn One" 2026-05-01 .. 2026-05-03 in Rome
            email EARLY1
        hotel "Inn Mid" 2026-05-03 .. 2026-05-05 in Rome status cancelled
            email MID111
        bookings email EARLY1, email MID111 (cancelled)
    trip T2 "Trip to Rome" 2026-05-05 .. 2026-05-07 confirmed, 1 dismissed
        hotel "Inn Two" 2026-05-05 .. 2026-05-07 in Rome
            tmc LATE11
        bookings tmc LATE11
person undo
=>
    trip T1 "Trip to Rome" 2026-05-01 .. 2026-05-03 confirmed, 1 dismissed
        hotel "Inn One" 2026-05-01 .. 2026-05-03 in Rome
            email EARLY1
        hotel "Inn Mid" 2026-05-03 .. 2026-05-05 in Rome status cancelled
            email MID111
        bookings email EARLY1, email MID111 (cancelled)
    trip T2 "Trip to Rome" 2026-05-05 .. 2026-05-07 confirmed
        hotel "Inn Two" 2026-05-05 .. 2026-05-07 in Rome
            tmc LATE11
        bookings tmc LATE11
