# The same train number at the same minute from the same station: how the mail writes the other end does not make
# it another train.
tmc ABC123: rail DB "ICE 501" "Berlin Hbf - München Hbf" 2026-05-12 06:30 .. 10:30
email M1: rail DB 501 "Berlin Hbf - Munich Central" 2026-05-12 06:30
=>
    trip T1 "Trip to München Hbf" 2026-05-12 .. 2026-05-12 confirmed
        rail DB "ICE 501" "Berlin Hbf - München Hbf" 2026-05-12 06:30 .. 10:30
            tmc ABC123; also email M1
        bookings tmc ABC123, email M1
