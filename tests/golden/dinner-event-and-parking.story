# The kinds that have no carrier: the table and the parking place are known by name, place and start; the concert
# that two mails know under one number is one although it was moved by an hour.
tmc ABC123: parking "P6 Long Stay" 2026-05-12 08:00 .. 2026-05-16 20:00 in Frankfurt
email M1: parking "P6 Long-Stay" 2026-05-12 09:30 .. 2026-05-16 20:00 in Frankfurt
email M2: dining "Café Sabarsky" 2026-05-13 19:00 in "New York"
tripit 1: dining "CAFE SABARSKY" 2026-05-13 19:00 in "New York"
email M3: event "Book fair opening" 2026-05-14 18:00 in "New York" number E-77
booking_tool B1: event "Opening of the fair" 2026-05-14 19:00 in "New York" number E77
=>
    trip T1 "Trip to Frankfurt" 2026-05-12 .. 2026-05-16 confirmed
        parking "P6 Long Stay" 2026-05-12 08:00 .. 2026-05-16 20:00 in Frankfurt
            tmc ABC123; also email M1
        dining "CAFE SABARSKY" 2026-05-13 19:00 in "New York"
            tripit 1; also email M2
        event "Opening of the fair" 2026-05-14 19:00 in "New York" number E77
            booking_tool B1; also email M3
        bookings tmc ABC123, email M1, email M2, tripit 1, email M3, booking_tool B1
