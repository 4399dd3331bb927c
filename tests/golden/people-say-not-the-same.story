# Two colleagues' tables at one restaurant look like one; she says that they are two. So they stay, whatever comes,
# until she takes it back.
tmc ABC123: dining "Chez Max" 2026-05-12 19:00 in Paris
email M1: dining "Chez Max" 2026-05-12 19:00 in Paris
=>
    trip T1 "Trip to Paris" 2026-05-12 .. 2026-05-12 confirmed
        dining "Chez Max" 2026-05-12 19:00 in Paris
            tmc ABC123; also email M1
        bookings tmc ABC123, email M1
person not same tmc ABC123#1 email M1#1
tmc ABC123: dining "Chez Max" 2026-05-12 19:00 in Paris phone 11
=>
    trip T1 "Trip to Paris" 2026-05-12 .. 2026-05-12 confirmed
        dining "Chez Max" 2026-05-12 19:00 in Paris
            email M1
        dining "Chez Max" 2026-05-12 19:00 in Paris phone 11
            tmc ABC123
        bookings tmc ABC123, email M1
person undo
=>
    trip T1 "Trip to Paris" 2026-05-12 .. 2026-05-12 confirmed
        dining "Chez Max" 2026-05-12 19:00 in Paris phone 11
            tmc ABC123; also email M1
        bookings tmc ABC123, email M1
