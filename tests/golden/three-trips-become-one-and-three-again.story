# Two bridges, one after the other, then both fall: every id leads somewhere at every moment, and each trip has its
# own again at the end.
tmc AAA111: hotel "Inn One" 2026-05-01 .. 2026-05-02 in Rome
tmc BBB222: hotel "Inn Two" 2026-05-06 .. 2026-05-07 in Pisa
tmc CCC333: hotel "Inn Three" 2026-05-11 .. 2026-05-12 in Turin
=>
    trip T1 "Trip to Rome" 2026-05-01 .. 2026-05-02 confirmed
        hotel "Inn One" 2026-05-01 .. 2026-05-02 in Rome
            tmc AAA111
        bookings tmc AAA111
    trip T2 "Trip to Pisa" 2026-05-06 .. 2026-05-07 confirmed
        hotel "Inn Two" 2026-05-06 .. 2026-05-07 in Pisa
            tmc BBB222
        bookings tmc BBB222
    trip T3 "Trip to Turin" 2026-05-11 .. 2026-05-12 confirmed
        hotel "Inn Three" 2026-05-11 .. 2026-05-12 in Turin
            tmc CCC333
        bookings tmc CCC333
email BR1: car AL PSA 2026-05-07 .. 2026-05-11
=>
    trip T1 "Trip to Rome" 2026-05-01 .. 2026-05-02 confirmed
        hotel "Inn One" 2026-05-01 .. 2026-05-02 in Rome
            tmc AAA111
        bookings tmc AAA111
    trip T2 "Trip to Pisa" 2026-05-06 .. 2026-05-12 confirmed
        hotel "Inn Two" 2026-05-06 .. 2026-05-07 in Pisa
            tmc BBB222
        car AL PSA 2026-05-07 .. 2026-05-11
            email BR1
        hotel "Inn Three" 2026-05-11 .. 2026-05-12 in Turin
            tmc CCC333
        bookings tmc BBB222, tmc CCC333, email BR1
    T3 -> T2
email BR2: car AL ROM 2026-05-02 .. 2026-05-06
=>
    trip T1 "Trip to Rome" 2026-05-01 .. 2026-05-12 confirmed
        hotel "Inn One" 2026-05-01 .. 2026-05-02 in Rome
            tmc AAA111
        car AL ROM 2026-05-02 .. 2026-05-06
            email BR2
        hotel "Inn Two" 2026-05-06 .. 2026-05-07 in Pisa
            tmc BBB222
        car AL PSA 2026-05-07 .. 2026-05-11
            email BR1
        hotel "Inn Three" 2026-05-11 .. 2026-05-12 in Turin
            tmc CCC333
        bookings tmc AAA111, tmc BBB222, tmc CCC333, email BR1, email BR2
    T2 -> T1
    T3 -> T1
cancel email BR1
cancel email BR2
=>
    trip T1 "Trip to Rome" 2026-05-01 .. 2026-05-02 confirmed
        hotel "Inn One" 2026-05-01 .. 2026-05-02 in Rome
            tmc AAA111
        car AL ROM 2026-05-02 .. 2026-05-06 status cancelled
            email BR2
        bookings tmc AAA111, email BR2 (cancelled)
    trip T2 "Trip to Pisa" 2026-05-06 .. 2026-05-07 confirmed
        hotel "Inn Two" 2026-05-06 .. 2026-05-07 in Pisa
            tmc BBB222
        car AL PSA 2026-05-07 .. 2026-05-11 status cancelled
            email BR1
        bookings tmc BBB222, email BR1 (cancelled)
    trip T3 "Trip to Turin" 2026-05-11 .. 2026-05-12 confirmed
        hotel "Inn Three" 2026-05-11 .. 2026-05-12 in Turin
            tmc CCC333
        bookings tmc CCC333
