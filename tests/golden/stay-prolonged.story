# The hotel says that the stay was prolonged by a night. On the room its word comes before the agency's, on dates
# after it: the longer stay is shown once the agency has heard of it, too.
tmc ABC123: hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 in Berlin number 111
supplier:Grand 111: hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin number 111 type Suite
=>
    trip T1 "Trip to Berlin" 2026-05-12 .. 2026-05-14 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 in Berlin number 111 type Suite
            tmc ABC123; also supplier:Grand 111; supplier by supplier:Grand 111; room_type by supplier:Grand 111
        bookings tmc ABC123, supplier:Grand 111
tmc ABC123: hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin number 111
=>
    trip T1 "Trip to Berlin" 2026-05-12 .. 2026-05-15 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-15 in Berlin number 111 type Suite
            tmc ABC123; also supplier:Grand 111; supplier by supplier:Grand 111; room_type by supplier:Grand 111
        bookings tmc ABC123, supplier:Grand 111
