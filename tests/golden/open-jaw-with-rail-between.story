# Out to Paris, by train to Brussels, home from there, each booked elsewhere: dates that touch make one trip, in the
# order of travel.
tmc ABC123: air LH 1034 FRA-CDG 2026-05-12 10:00 .. 11:15
email RAIL1: rail Thalys 9339 "Paris Nord - Bruxelles Midi" 2026-05-14 12:22 .. 13:44
email HTL1: hotel "Hôtel du Nord" 2026-05-12 .. 2026-05-14 in Paris
booking_tool BT1: air LH 1011 BRU-FRA 2026-05-14 20:00 .. 21:05
=>
    trip T1 "Trip to Paris" 2026-05-12 .. 2026-05-14 confirmed
        hotel "Hôtel du Nord" 2026-05-12 .. 2026-05-14 in Paris
            email HTL1
        air LH 1034 FRA-CDG 2026-05-12 10:00 .. 11:15
            tmc ABC123
        rail Thalys 9339 "Paris Nord - Bruxelles Midi" 2026-05-14 12:22 .. 13:44
            email RAIL1
        air LH 1011 BRU-FRA 2026-05-14 20:00 .. 21:05
            booking_tool BT1
        bookings tmc ABC123, email RAIL1, email HTL1, booking_tool BT1
    T2 -> T1
