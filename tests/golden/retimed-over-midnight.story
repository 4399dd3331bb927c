# Ten to midnight becomes twenty past: another date, the same flight. The trip moves with it and keeps its id.
tmc ABC123: air LA 800 AKL-SCL 2026-05-12 23:50 +12:00 .. 19:10 -04:00
email MAIL1: air LA 800 AKL-SCL 2026-05-12 23:50 .. 19:10
=>
    trip T1 "Trip to SCL" 2026-05-12 .. 2026-05-12 confirmed
        air LA 800 AKL-SCL 2026-05-12 23:50 +12:00 .. 19:10 -04:00
            tmc ABC123; also email MAIL1
        bookings tmc ABC123, email MAIL1
tmc ABC123: air LA 800 AKL-SCL 2026-05-13 00:20 +12:00 .. 2026-05-12 19:40 -04:00
=>
    trip T1 "Trip to SCL" 2026-05-12 .. 2026-05-13 confirmed
        air LA 800 AKL-SCL 2026-05-13 00:20 +12:00 .. 2026-05-12 19:40 -04:00
            tmc ABC123; also email MAIL1
        bookings tmc ABC123, email MAIL1
