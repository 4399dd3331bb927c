# Two rooms booked alike and numbered: each of the hotel's claims finds its room. A mail that names no room fits
# either; it attaches to one of them and makes no third.
tmc ABC123
    hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin room 1
    hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin room 2
supplier:Grand H1
    hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin room 2 type Suite
    hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin room 1 type Single
email HTL9: hotel "Grand Hotel" 2026-05-12 in Berlin
=>
    trip T1 "Trip to Berlin" 2026-05-12 .. 2026-05-15 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin room 1 type Single
            tmc ABC123; also supplier:Grand H1, email HTL9; room_index and room_type by supplier:Grand H1
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin room 2 type Suite
            tmc ABC123; also supplier:Grand H1; room_index and room_type by supplier:Grand H1
        bookings tmc ABC123, supplier:Grand H1, email HTL9
