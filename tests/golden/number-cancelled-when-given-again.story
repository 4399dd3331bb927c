# The rental company cancels a number (in November 2023) that it had given before: the cars of two years ago were
# driven, and stay as they were. Of two that ended half a year before, 181 days are long past, and 180 are not.
supplier:Alamo P10: car AL SEA 2021-05-13 12:00 .. 2021-05-15 12:00 number F-167
supplier:Alamo F-167: car AL PDX 2021-09-13 12:00 .. 2021-09-15 12:00
supplier:Alamo P20: car AL SEA 2023-05-16 12:00 .. 2023-05-17 12:00 number F-170
supplier:Alamo P30: car AL PDX 2023-05-17 08:00 .. 2023-05-18 12:00 number F-180
supplier:Alamo P50: car AL SEA 2024-05-13 12:00 .. 2024-05-15 12:00 number F-167
cancel number supplier:Alamo F-167
cancel number supplier:Alamo F-170
cancel number supplier:Alamo F-180
=>
    trip T1 "Trip to SEA" 2021-05-13 .. 2021-05-15 confirmed
        car AL SEA 2021-05-13 12:00 .. 2021-05-15 12:00 number F-167
            supplier:Alamo P10
        bookings supplier:Alamo P10
    trip T2 "Trip to PDX" 2021-09-13 .. 2021-09-15 confirmed
        car AL PDX 2021-09-13 12:00 .. 2021-09-15 12:00
            supplier:Alamo F-167
        bookings supplier:Alamo F-167
    trip T3 "Trip to SEA" 2023-05-16 .. 2023-05-17 confirmed
        car AL SEA 2023-05-16 12:00 .. 2023-05-17 12:00 number F-170
            supplier:Alamo P20
        car AL PDX 2023-05-17 08:00 .. 2023-05-18 12:00 number F-180 status cancelled
            supplier:Alamo P30
        bookings supplier:Alamo P20, supplier:Alamo P30 (cancelled)
    trip T4 "Trip to SEA" 2024-05-13 .. 2024-05-15 cancelled
        car AL SEA 2024-05-13 12:00 .. 2024-05-15 12:00 number F-167 status cancelled
            supplier:Alamo P50
        bookings supplier:Alamo P50 (cancelled)
