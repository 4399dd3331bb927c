# The agency sends the booking of a posted trip again, without saying which trip: it updates the posted one, and
# no second trip appears.
post FAIR "Book fair"
    BKG1: car CQ SEA 2026-05-12 12:00 .. 2026-05-15 12:00 number F-1
tmc BKG1: car CQ SEA 2026-05-12 15:00 .. 2026-05-16 12:00 number F-1
=>
    trip FAIR "Book fair" 2026-05-12 .. 2026-05-16 confirmed
        car CQ SEA 2026-05-12 15:00 .. 2026-05-16 12:00 number F-1
            tmc BKG1@FAIR
        bookings tmc BKG1@FAIR
