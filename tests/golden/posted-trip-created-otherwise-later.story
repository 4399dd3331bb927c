# The agency's client sends other posts under the key of the one that created the trip. A creation speaks once: the
# first counts, and of the others nothing is seen, neither what they move nor what they bring.
post FAIR "First"
    AAA: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
create FAIR "Second"
    BBB: car CQ SEA 2026-05-12 12:00 .. 2026-05-15 12:00
create FAIR "Third"
    AAA: hotel "Grand Hotel" 2026-05-13 .. 2026-05-17 in Seattle
    CCC: car AL SEA 2026-05-13 12:00 .. 2026-05-15 12:00
=>
    trip FAIR "First" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
            tmc AAA@FAIR
        bookings tmc AAA@FAIR
# With its id the car comes to be part of the trip.
post FAIR "First"
    AAA: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
    BBB: car CQ SEA 2026-05-12 12:00 .. 2026-05-15 12:00
=>
    trip FAIR "First" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in Seattle
            tmc AAA@FAIR
        car CQ SEA 2026-05-12 12:00 .. 2026-05-15 12:00
            tmc BBB@FAIR
        bookings tmc AAA@FAIR, tmc BBB@FAIR
