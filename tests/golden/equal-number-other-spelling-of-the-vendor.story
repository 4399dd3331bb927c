# One reservation under one number, whatever the broker calls the vendor: a code, a short name, a sister's name.
# The same number at another vendor's counter on another day is another car.
tmc ABC123: car "Alamo Rent A Car" SEA 2026-05-13 12:00 .. 2026-05-15 12:00 number F-167
supplier:Alamo P50: car AL SEA 2026-05-13 12:00 .. 2026-05-15 12:00 number f167
email M1: car Alamo SEA 2026-05-13 14:00 .. 2026-05-15 12:00 number F-167
email M2: car "Enterprise Holdings" SEA 2026-05-13 12:00 number F167
email M3: car Hertz LAX 2026-05-14 12:00 .. 2026-05-15 18:00 number F-167
=>
    trip T1 "Trip to SEA" 2026-05-13 .. 2026-05-15 confirmed
        car "Alamo Rent A Car" SEA 2026-05-13 12:00 .. 2026-05-15 12:00 number f167
            tmc ABC123; also supplier:Alamo P50, email M1, email M2; supplier by supplier:Alamo P50
        car Hertz LAX 2026-05-14 12:00 .. 2026-05-15 18:00 number F-167
            email M3
        bookings tmc ABC123, supplier:Alamo P50, email M1, email M2, email M3
