# Concur cancels by a segment's confirmation number alone: the one car is cancelled, the other stands, and the
# number is known however it is spelled.
supplier:Alamo P50
    car AL SEA 2026-05-13 12:00 .. 2026-05-15 12:00 number F-167
    car AL PDX 2026-05-15 13:00 .. 2026-05-16 12:00 number F-168
cancel number supplier:Alamo f167
=>
    trip T1 "Trip to PDX" 2026-05-15 .. 2026-05-16 confirmed
        car AL SEA 2026-05-13 12:00 .. 2026-05-15 12:00 number F-167 status cancelled
            supplier:Alamo P50
        car AL PDX 2026-05-15 13:00 .. 2026-05-16 12:00 number F-168
            supplier:Alamo P50
        bookings supplier:Alamo P50
