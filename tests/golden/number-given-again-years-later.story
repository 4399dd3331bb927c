# The rental company gives a number again two years on: another car, another trip. A mail that names the number
# belongs to the car of its own year.
tmc ABC123: car AL SEA 2026-05-13 12:00 .. 2026-05-15 12:00 number F-167
supplier:Alamo P50: car AL SEA 2028-05-13 12:00 .. 2028-05-15 12:00 number F-167
email M1: car AL SEA 2028-05-14 12:00 .. 2028-05-15 12:00 number F-167
=>
    trip T1 "Trip to SEA" 2026-05-13 .. 2026-05-15 confirmed
        car AL SEA 2026-05-13 12:00 .. 2026-05-15 12:00 number F-167
            tmc ABC123
        bookings tmc ABC123
    trip T2 "Trip to SEA" 2028-05-13 .. 2028-05-15 confirmed
        car AL SEA 2028-05-13 12:00 .. 2028-05-15 12:00 number F-167
            supplier:Alamo P50; also email M1
        bookings supplier:Alamo P50, email M1
