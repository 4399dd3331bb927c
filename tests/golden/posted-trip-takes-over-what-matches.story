# An older mail speaks of the flight that the agency then posts with its trip: evidence, not dates, so the mail is
# part of that trip whenever it came. Its own trip id leads there.
email X7K2QP: air LH 400 FRA-JFK 2026-05-12 10:00 seats 12A
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 seats 12A
            email X7K2QP
        bookings email X7K2QP
post FAIR "Book fair"
    BKG1: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
=>
    trip FAIR "Book fair" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 seats 12A
            tmc BKG1@FAIR; also email X7K2QP; seats by email X7K2QP
        bookings email X7K2QP, tmc BKG1@FAIR
    T1 -> FAIR
