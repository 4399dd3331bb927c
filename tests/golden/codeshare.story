# One aircraft under two numbers: the agency sells LH 7600, the airline that flies it says UA 945, and the mail
# names both. Equal route and times make it one flight; shown is the number that she was sold.
tmc ABC123: air LH 7600 FRA-ORD 2026-05-12 10:30 +02:00 .. 12:45 -05:00
supplier:United Q1W2E3: air UA 945 FRA-ORD 2026-05-12 10:30 +02:00 .. 12:45 -05:00 seats 22C
email Q1W2E3: air LH 7600 FRA-ORD 2026-05-12 operated "UA 945"
=>
    trip T1 "Trip to ORD" 2026-05-12 .. 2026-05-12 confirmed
        air LH 7600 FRA-ORD 2026-05-12 10:30 +02:00 .. 12:45 -05:00 operated "UA 945" seats 22C
            tmc ABC123; also supplier:United Q1W2E3, email Q1W2E3; operating_carrier and operating_flight_number by email Q1W2E3; seats by supplier:United Q1W2E3
        bookings tmc ABC123, supplier:United Q1W2E3, email Q1W2E3
