# A newer statement of the booking outdates the cancellation of its number.
supplier:Alamo P50: car AL SEA 2026-05-13 12:00 .. 2026-05-15 12:00 number F-167
cancel number supplier:Alamo F-167
supplier:Alamo P50: car AL SEA 2026-05-13 12:00 .. 2026-05-15 12:00 number F-167
=>
    trip T1 "Trip to SEA" 2026-05-13 .. 2026-05-15 confirmed
        car AL SEA 2026-05-13 12:00 .. 2026-05-15 12:00 number F-167
            supplier:Alamo P50
        bookings supplier:Alamo P50
