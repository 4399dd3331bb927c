# A car for three weeks spans two journeys: by dates they are one trip now. A person splits the first off again,
# and that outlives later news of the rental.
tmc PNR001: air UA 1 SFO-SEA 2026-05-04 08:00 .. 10:00
tmc PNR002: air UA 2 SFO-SEA 2026-05-20 08:00 .. 10:00
=>
    trip T1 "Trip to SEA" 2026-05-04 .. 2026-05-04 confirmed
        air UA 1 SFO-SEA 2026-05-04 08:00 .. 10:00
            tmc PNR001
        bookings tmc PNR001
    trip T2 "Trip to SEA" 2026-05-20 .. 2026-05-20 confirmed
        air UA 2 SFO-SEA 2026-05-20 08:00 .. 10:00
            tmc PNR002
        bookings tmc PNR002
supplier:Alamo F-167: car AL SEA 2026-05-03 12:00 .. 2026-05-24 12:00
=>
    trip T1 "Trip to SEA" 2026-05-03 .. 2026-05-24 confirmed
        car AL SEA 2026-05-03 12:00 .. 2026-05-24 12:00
            supplier:Alamo F-167
        air UA 1 SFO-SEA 2026-05-04 08:00 .. 10:00
            tmc PNR001
        air UA 2 SFO-SEA 2026-05-20 08:00 .. 10:00
            tmc PNR002
        bookings tmc PNR001, tmc PNR002, supplier:Alamo F-167
    T2 -> T1
person split tmc PNR001
supplier:Alamo F-167: car AL SEA 2026-05-03 12:00 .. 2026-05-25 12:00
=>
    trip T2 "Trip to SEA" 2026-05-03 .. 2026-05-25 confirmed
        car AL SEA 2026-05-03 12:00 .. 2026-05-25 12:00
            supplier:Alamo F-167
        air UA 2 SFO-SEA 2026-05-20 08:00 .. 10:00
            tmc PNR002
        bookings tmc PNR002, supplier:Alamo F-167
    trip T1 "Trip to SEA" 2026-05-04 .. 2026-05-04 confirmed
        air UA 1 SFO-SEA 2026-05-04 08:00 .. 10:00
            tmc PNR001
        bookings tmc PNR001
