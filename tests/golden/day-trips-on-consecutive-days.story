# Monday to Munich and back, Tuesday to Hamburg and back: two trips, as her expense reports will be.
tmc MON111
    rail DB "ICE 501" "Berlin - München" 2026-05-11 06:30 .. 10:30
    rail DB "ICE 508" "München - Berlin" 2026-05-11 17:30 .. 21:30
tmc TUE222
    rail DB "ICE 704" "Berlin - Hamburg" 2026-05-12 07:00 .. 08:45
    rail DB "ICE 705" "Hamburg - Berlin" 2026-05-12 18:00 .. 19:45
=>
    trip T1 "Trip to München" 2026-05-11 .. 2026-05-11 confirmed
        rail DB "ICE 501" Berlin-München 2026-05-11 06:30 .. 10:30
            tmc MON111
        rail DB "ICE 508" München-Berlin 2026-05-11 17:30 .. 21:30
            tmc MON111
        bookings tmc MON111
    trip T2 "Trip to Hamburg" 2026-05-12 .. 2026-05-12 confirmed
        rail DB "ICE 704" Berlin-Hamburg 2026-05-12 07:00 .. 08:45
            tmc TUE222
        rail DB "ICE 705" Hamburg-Berlin 2026-05-12 18:00 .. 19:45
            tmc TUE222
        bookings tmc TUE222
