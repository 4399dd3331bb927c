# Out in the morning, back at noon, out again in the afternoon: days are the finest grain, so it is one trip.
tmc AM1111: rail DB "ICE 704" "Berlin - Hamburg" 2026-05-12 05:00 .. 06:45
email PM2222: rail DB "RE 1" "Berlin - Potsdam" 2026-05-12 15:00 .. 15:30
=>
    trip T1 "Trip to Hamburg" 2026-05-12 .. 2026-05-12 confirmed
        rail DB "ICE 704" Berlin-Hamburg 2026-05-12 05:00 .. 06:45
            tmc AM1111
        rail DB "RE 1" Berlin-Potsdam 2026-05-12 15:00 .. 15:30
            email PM2222
        bookings tmc AM1111, email PM2222
