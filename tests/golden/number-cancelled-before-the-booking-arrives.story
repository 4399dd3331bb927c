# The booking was received first but held up on its way; the cancellation of its number overtakes it and holds.
# Another supplier's equal number is another matter.
supplier:Alamo P50 late: car AL SEA 2026-05-13 12:00 .. 2026-05-15 12:00 number F-167
supplier:Hertz Q60: car ZE PDX 2026-05-13 12:00 .. 2026-05-15 12:00 number F-167
cancel number supplier:Alamo F-167
=>
    trip T1 "Trip to PDX" 2026-05-13 .. 2026-05-15 confirmed
        car ZE PDX 2026-05-13 12:00 .. 2026-05-15 12:00 number F-167
            supplier:Hertz Q60
        car AL SEA 2026-05-13 12:00 .. 2026-05-15 12:00 number F-167 status cancelled
            supplier:Alamo P50
        bookings supplier:Hertz Q60, supplier:Alamo P50 (cancelled)
