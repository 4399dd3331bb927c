# ICE 70 is train 70, and a replacement leaves twelve minutes late under the same number; the local line RE 70 of
# the evening before is another train on another route.
tmc ABC123: rail DB "ICE 70" "Basel SBB - Hamburg Hbf" 2026-05-12 08:13 .. 15:00
email M1: rail - 70 "Basel - Hamburg" 2026-05-12 08:25
email M2: rail - "RE 70" "Mainz Hbf - Worms Hbf" 2026-05-12 19:10
=>
    trip T1 "Trip to Hamburg Hbf" 2026-05-12 .. 2026-05-12 confirmed
        rail DB "ICE 70" "Basel SBB - Hamburg Hbf" 2026-05-12 08:13 .. 15:00
            tmc ABC123; also email M1
        rail - "RE 70" "Mainz Hbf - Worms Hbf" 2026-05-12 19:10
            email M2
        bookings tmc ABC123, email M1, email M2
