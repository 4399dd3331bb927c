# The agency proposes a trip: it attracts nothing and hides nothing while it is only proposed. Ada books the
# proposed flight herself meanwhile. Once the proposal is accepted, the flight is one and all is in the posted
# trip; the id of the loose one leads there.
post FAIR "Book fair" proposal
    PROP1: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
    PROP2: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
email X7K2QP: air LH 400 FRA-JFK 2026-05-12 10:00 seats 12A
=>
    trip FAIR "Book fair" 2026-05-12 .. 2026-05-16 proposal
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
            tmc PROP2@FAIR
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
            tmc PROP1@FAIR
        bookings tmc PROP1@FAIR, tmc PROP2@FAIR
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 seats 12A
            email X7K2QP
        bookings email X7K2QP
post FAIR "Book fair"
    PROP1: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
    PROP2: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
=>
    trip FAIR "Book fair" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
            tmc PROP2@FAIR
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 seats 12A
            tmc PROP1@FAIR; also email X7K2QP; seats by email X7K2QP
        bookings tmc PROP1@FAIR, tmc PROP2@FAIR, email X7K2QP
    T1 -> FAIR
