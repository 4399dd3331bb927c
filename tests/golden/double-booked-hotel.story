# The agency booked the Grand Hotel and she did so herself: two numbers of the hotel for the same nights are two
# rooms to pay. The mail with the agency's number is the agency's room.
tmc ABC123: hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin number 111
email MAIL1: hotel "The Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin number 222
email MAIL2: hotel "Grand Hotel Berlin" 2026-05-12 .. 2026-05-15 in Berlin number 111
=>
    trip T1 "Trip to Berlin" 2026-05-12 .. 2026-05-15 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin number 111
            tmc ABC123; also email MAIL2
        hotel "The Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin number 222
            email MAIL1
        bookings tmc ABC123, email MAIL1, email MAIL2
