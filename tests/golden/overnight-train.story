# A night train arrives on the next morning, when the stay begins: one trip. The railway's own mail names the
# stations a little differently.
tmc RAIL1: rail OBB "NJ 466" "Wien Hbf - Zürich HB" 2026-05-12 19:55 .. 2026-05-13 08:20
email OEBB77: rail OBB NJ466 "WIEN HBF - Zuerich HB" 2026-05-12 19:55 .. 2026-05-13 08:20 seats 11
supplier:Storch H1: hotel "Hotel Storchen" 2026-05-13 .. 2026-05-15 in Zürich
=>
    trip T1 "Trip to Zürich" 2026-05-12 .. 2026-05-15 confirmed
        rail OBB "NJ 466" "Wien Hbf - Zürich HB" 2026-05-12 19:55 .. 2026-05-13 08:20 seats 11
            tmc RAIL1; also email OEBB77; seats by email OEBB77
        hotel "Hotel Storchen" 2026-05-13 .. 2026-05-15 in Zürich
            supplier:Storch H1
        bookings tmc RAIL1, email OEBB77, supplier:Storch H1
