# She knows the real departure and the room she got. Her word outranks every source and survives their newer
# statements; what she did not touch goes on following them.
tmc ABC123
    air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
    hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 in "New York" type Double
person correct tmc ABC123#1: air - - - 2026-05-12 11:15
person correct tmc ABC123#2: hotel - type Suite
tmc ABC123
    air LH 400 FRA-JFK 2026-05-12 10:30 .. 13:30 cabin Y
    hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 in "New York" type Single
=>
    trip T1 "Trip to New York" 2026-05-12 .. 2026-05-14 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 in "New York" type Suite
            tmc ABC123; room_type by person
        air LH 400 FRA-JFK 2026-05-12 11:15 .. 13:30 cabin Y
            person; also tmc ABC123; destination and end and origin by tmc ABC123; carrier and flight_number by tmc ABC123; cabin by tmc ABC123
        bookings tmc ABC123
person undo
=>
    trip T1 "Trip to New York" 2026-05-12 .. 2026-05-14 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-14 in "New York" type Single
            tmc ABC123
        air LH 400 FRA-JFK 2026-05-12 11:15 .. 13:30 cabin Y
            person; also tmc ABC123; destination and end and origin by tmc ABC123; carrier and flight_number by tmc ABC123; cabin by tmc ABC123
        bookings tmc ABC123
