# Two taxis are ordered for the same hour, one to the hotel and one from it, and the mail repeats the first.
tmc ABC123: ride "City Taxi" "JFK - Grand Hotel" 2026-05-12 14:00
email M1: ride "City Taxi" "JFK - Grand Hotel" 2026-05-12 14:00 phone 555
email M2: ride "City Taxi" "Grand Hotel - Moma" 2026-05-12 14:00
=>
    trip T1 "Trip to Grand Hotel" 2026-05-12 .. 2026-05-12 confirmed
        ride "City Taxi" "Grand Hotel - Moma" 2026-05-12 14:00
            email M2
        ride "City Taxi" "JFK - Grand Hotel" 2026-05-12 14:00 phone 555
            tmc ABC123; also email M1; phone by email M1
        bookings tmc ABC123, email M1, email M2
