# `Hilton`, in Berlin, is the Hilton Berlin. Without a city one word of a name tells nothing: it may be the
# same, may be another, and is shown until a number settles it.
tmc ABC123: hotel "Hilton Berlin" 2026-05-12 .. 2026-05-14 in Berlin number 555
email M1: hotel Hilton 2026-05-12 .. 2026-05-14 in Berlin phone 11
tripit 1: hotel Hilton 2026-05-12 .. 2026-05-14
=>
    trip T1 "Trip to Berlin" 2026-05-12 .. 2026-05-14 confirmed
        hotel Hilton 2026-05-12 .. 2026-05-14
            tripit 1
        hotel "Hilton Berlin" 2026-05-12 .. 2026-05-14 in Berlin number 555 phone 11
            tmc ABC123; also email M1; phone by email M1
        bookings tmc ABC123, email M1, tripit 1
