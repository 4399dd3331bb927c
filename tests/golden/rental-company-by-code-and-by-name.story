# AL is Alamo: the same counter on the same day is the same car, without any number. ZE is Hertz.
tmc ABC123: car AL SEA 2026-05-13 12:00 .. 2026-05-15 12:00
supplier:Alamo P1: car "Alamo Rent A Car" SEA 2026-05-13 12:00 .. 2026-05-15 12:00 number 5
email M1: car Alamo SEA 2026-05-13 10:00 .. 2026-05-15 12:00
email M2: car ZE SEA 2026-05-13 12:00 .. 2026-05-15 12:00
=>
    trip T1 "Trip to SEA" 2026-05-13 .. 2026-05-15 confirmed
        car AL SEA 2026-05-13 12:00 .. 2026-05-15 12:00 number 5
            tmc ABC123; also supplier:Alamo P1, email M1; supplier by supplier:Alamo P1
        car ZE SEA 2026-05-13 12:00 .. 2026-05-15 12:00
            email M2
        bookings tmc ABC123, supplier:Alamo P1, email M1, email M2
