# The same consecutive days at a company that counts neighbouring days as one trip; a day without anything between
# them is a gap of two and still parts them.
settings gap 1
tmc MON111: rail DB "ICE 501" "Berlin - München" 2026-05-11 06:30 .. 10:30
tmc TUE222: rail DB "ICE 704" "Berlin - Hamburg" 2026-05-12 07:00 .. 08:45
tmc THU444: rail DB "ICE 710" "Berlin - Köln" 2026-05-14 07:00 .. 11:00
=>
    trip T1 "Trip to München" 2026-05-11 .. 2026-05-12 confirmed
        rail DB "ICE 501" Berlin-München 2026-05-11 06:30 .. 10:30
            tmc MON111
        rail DB "ICE 704" Berlin-Hamburg 2026-05-12 07:00 .. 08:45
            tmc TUE222
        bookings tmc MON111, tmc TUE222
    trip T2 "Trip to Köln" 2026-05-14 .. 2026-05-14 confirmed
        rail DB "ICE 710" Berlin-Köln 2026-05-14 07:00 .. 11:00
            tmc THU444
        bookings tmc THU444
