# The agency has noon, the mail the evening of that day: the same car, for counters move hours. Then the agency
# moves it to the next morning: with the number it is the same car on any day; the mail, which has no number and
# still says the day before, stands alone until somebody tells more.
tmc ABC123: car AL SEA 2026-05-13 12:00 .. 2026-05-15 12:00 number F-167
email M1: car AL SEA 2026-05-13 18:00 .. 2026-05-15 12:00
=>
    trip T1 "Trip to SEA" 2026-05-13 .. 2026-05-15 confirmed
        car AL SEA 2026-05-13 12:00 .. 2026-05-15 12:00 number F-167
            tmc ABC123; also email M1
        bookings tmc ABC123, email M1
tmc ABC123: car AL SEA 2026-05-14 09:00 .. 2026-05-15 12:00 number F-167
supplier:Alamo P50: car AL SEA 2026-05-13 18:00 .. 2026-05-15 12:00 number F-167
=>
    trip T1 "Trip to SEA" 2026-05-13 .. 2026-05-15 confirmed
        car AL SEA 2026-05-13 18:00 .. 2026-05-15 12:00
            email M1
        car AL SEA 2026-05-14 09:00 .. 2026-05-15 12:00 number F-167
            tmc ABC123; also supplier:Alamo P50; supplier by supplier:Alamo P50
        bookings tmc ABC123, email M1, supplier:Alamo P50
