# The hotel provides the service: its price, room and number come before the agency's; name and dates stay the
# agency's.
tmc ABC123: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Berlin total "800.00 EUR" type Double number 111
supplier:Grand H1: hotel "Grand Hotel Berlin" 2026-05-12 .. 2026-05-16 in Berlin total "810.00 EUR" type Suite number 111
=>
    trip T1 "Trip to Berlin" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Berlin number 111 type Suite total "810.00 EUR"
            tmc ABC123; also supplier:Grand H1; supplier by supplier:Grand H1; total by supplier:Grand H1; room_type by supplier:Grand H1
        bookings tmc ABC123, supplier:Grand H1
