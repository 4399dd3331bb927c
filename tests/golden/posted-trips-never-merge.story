# The agency posts the same week twice under different headings: they stay two trips with their own ids, and a
# loose booking joins the one with which it shares most days.
post ONE "First half"
    BKG1: hotel "Grand Hotel" 2026-05-11 .. 2026-05-15 in Seattle
post TWO "Second half"
    BKG1: hotel "Grand Hotel" 2026-05-14 .. 2026-05-18 in Seattle
email CAR1: car AL SEA 2026-05-15 09:00 .. 2026-05-18 09:00
=>
    trip ONE "First half" 2026-05-11 .. 2026-05-15 confirmed
        hotel "Grand Hotel" 2026-05-11 .. 2026-05-15 in Seattle
            tmc BKG1@ONE
        bookings tmc BKG1@ONE
    trip TWO "Second half" 2026-05-14 .. 2026-05-18 confirmed
        hotel "Grand Hotel" 2026-05-14 .. 2026-05-18 in Seattle
            tmc BKG1@TWO
        car AL SEA 2026-05-15 09:00 .. 2026-05-18 09:00
            email CAR1
        bookings tmc BKG1@TWO, email CAR1
