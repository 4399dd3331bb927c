# The rental company knows nothing of the agency's trip; its car joins that trip by dates, with the company's own
# number and price. Its cancellation by number leaves flight and hotel alone.
post FAIR "Book fair"
    BKG1: air LH 400 FRA-SEA 2026-05-12 10:00 .. 13:00
    BKG2: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
supplier:Alamo P50: car AL SEA 2026-05-12 14:00 .. 2026-05-16 10:00 number F-167 total "210.00 USD"
=>
    trip FAIR "Book fair" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
            tmc BKG2@FAIR
        air LH 400 FRA-SEA 2026-05-12 10:00 .. 13:00
            tmc BKG1@FAIR
        car AL SEA 2026-05-12 14:00 .. 2026-05-16 10:00 number F-167 total "210.00 USD"
            supplier:Alamo P50
        bookings tmc BKG1@FAIR, tmc BKG2@FAIR, supplier:Alamo P50
cancel number supplier:Alamo F-167
=>
    trip FAIR "Book fair" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
            tmc BKG2@FAIR
        air LH 400 FRA-SEA 2026-05-12 10:00 .. 13:00
            tmc BKG1@FAIR
        car AL SEA 2026-05-12 14:00 .. 2026-05-16 10:00 number F-167 total "210.00 USD" status cancelled
            supplier:Alamo P50
        bookings tmc BKG1@FAIR, tmc BKG2@FAIR, supplier:Alamo P50 (cancelled)
