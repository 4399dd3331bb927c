# QF 1 goes on from Singapore to London under the same number: two flights, and the mail's two attach to their own.
tmc ABC123
    air QF 1 SYD-SIN 2026-05-12 15:30 +10:00 .. 21:00 +08:00
    air QF 1 SIN-LHR 2026-05-12 22:55 +08:00 .. 2026-05-13 05:25 +01:00
email QFMAIL
    air QF 1 SIN-LHR 2026-05-12 22:55 .. 2026-05-13 05:25
    air QF 1 SYD-SIN 2026-05-12 15:30 .. 21:00
=>
    trip T1 "Trip to SIN" 2026-05-12 .. 2026-05-13 confirmed
        air QF 1 SYD-SIN 2026-05-12 15:30 +10:00 .. 21:00 +08:00
            tmc ABC123; also email QFMAIL
        air QF 1 SIN-LHR 2026-05-12 22:55 +08:00 .. 2026-05-13 05:25 +01:00
            tmc ABC123; also email QFMAIL
        bookings tmc ABC123, email QFMAIL
