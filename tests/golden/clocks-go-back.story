# On 25 October 2026 Europe has the hour after two twice. The agency's bus leaves at the first 02:30 and is
# there at the second 02:15; the mail says 02:30 alone: one ride, and nobody "corrects" its times.
tmc ABC123
    ride "Airport Express" "Berlin - BER" 2026-10-25 02:30 +02:00 .. 02:15 +01:00
    air LH 171 BER-FRA 2026-10-25 06:00 +01:00 .. 07:10 +01:00
email M1: ride "Airport Express" "Berlin - BER" 2026-10-25 02:30 phone 555
email M2: air LH 171 BER-FRA 2026-10-25 06:00 .. 07:10
=>
    trip T1 "Trip to FRA" 2026-10-25 .. 2026-10-25 confirmed
        ride "Airport Express" Berlin-BER 2026-10-25 02:30 +02:00 .. 02:15 +01:00 phone 555
            tmc ABC123; also email M1; phone by email M1
        air LH 171 BER-FRA 2026-10-25 06:00 +01:00 .. 07:10 +01:00
            tmc ABC123; also email M2
        bookings tmc ABC123, email M1, email M2
