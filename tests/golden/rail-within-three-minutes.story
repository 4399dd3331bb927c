# Two timetables that differ by two minutes mean one train, even where neither knows a number; at ten minutes it
# is the next one.
tmc ABC123: rail DB - "Berlin Hbf - Hamburg Hbf" 2026-05-12 08:31 .. 10:20
email M1: rail - - "Berlin - Hamburg" 2026-05-12 08:33 .. 10:20
email M2: rail - - "Berlin Hbf - Hamburg Hauptbahnhof" 2026-05-12 08:29
email M3: rail - - "Berlin Hbf - Hamburg Hbf" 2026-05-12 08:41
=>
    trip T1 "Trip to Hamburg Hbf" 2026-05-12 .. 2026-05-12 confirmed
        rail DB - "Berlin Hbf - Hamburg Hbf" 2026-05-12 08:31 .. 10:20
            tmc ABC123; also email M1, email M2
        rail - - "Berlin Hbf - Hamburg Hbf" 2026-05-12 08:41
            email M3
        bookings tmc ABC123, email M1, email M2, email M3
