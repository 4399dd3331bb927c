# One stay, five spellings; the sixth is another house of the same chain.
tmc ABC123: hotel "Radisson Blu Hotel, Zürich" 2026-05-12 .. 2026-05-14 in Zürich
supplier:Radisson H1: hotel "RADISSON BLU ZUERICH" 2026-05-12 .. 2026-05-14 in ZUERICH
booking_tool BT1: hotel "The Radisson Blu Zurich" 2026-05-12 .. 2026-05-14
tripit 111: hotel "Radisson Blu" 2026-05-12 .. 2026-05-14
email M1: hotel "Zürich Radisson-Blu" 2026-05-12
email M2: hotel "Radisson Red Zürich" 2026-05-12 .. 2026-05-14
=>
    trip T1 "Trip to Zürich" 2026-05-12 .. 2026-05-14 confirmed
        hotel "Radisson Red Zürich" 2026-05-12 .. 2026-05-14
            email M2
        hotel "Radisson Blu Hotel, Zürich" 2026-05-12 .. 2026-05-14 in Zürich
            tmc ABC123; also supplier:Radisson H1, booking_tool BT1, tripit 111, email M1
        bookings tmc ABC123, supplier:Radisson H1, booking_tool BT1, tripit 111, email M1, email M2
