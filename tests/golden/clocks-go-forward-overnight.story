# The night of 28 March 2026: at 02:00 the clocks of Europe go to 03:00. The agency gives offsets, the mail wall
# clocks alone; the airline still counts in winter time. All mean one train and one flight.
tmc NIGHT1
    rail OBB "NJ 401" "Berlin Hbf - Zürich HB" 2026-03-28 21:00 +01:00 .. 2026-03-29 09:05 +02:00
    air LX 14 ZRH-JFK 2026-03-29 13:00 +02:00 .. 16:00 -04:00
email BAHN: rail - 401 "Berlin Hbf - Zurich HB" 2026-03-28 21:00 .. 2026-03-29 09:05
supplier:Swiss LX9: air LX 14 ZRH-JFK 2026-03-29 12:00 +01:00 .. 16:00 -04:00
=>
    trip T1 "Trip to Zürich HB" 2026-03-28 .. 2026-03-29 confirmed
        rail OBB "NJ 401" "Berlin Hbf - Zürich HB" 2026-03-28 21:00 +01:00 .. 2026-03-29 09:05 +02:00
            tmc NIGHT1; also email BAHN
        air LX 14 ZRH-JFK 2026-03-29 13:00 +02:00 .. 16:00 -04:00
            tmc NIGHT1; also supplier:Swiss LX9
        bookings tmc NIGHT1, email BAHN, supplier:Swiss LX9
