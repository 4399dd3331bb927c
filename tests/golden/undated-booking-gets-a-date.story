# An open ticket has no date: a trip by itself. Once it has one, it joins the trip of those days, and its own id
# leads there. When it is open again, it leaves, and takes its id along.
tmc ABC123: hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
email OPEN1: air LH 400 FRA-JFK
=>
    trip T1 "Trip to New York" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
            tmc ABC123
        bookings tmc ABC123
    trip T2 "Trip to JFK" undated confirmed
        air LH 400 FRA-JFK
            email OPEN1
        bookings email OPEN1
email OPEN1: air LH 400 FRA-JFK 2026-05-12 10:00
=>
    trip T1 "Trip to New York" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
            tmc ABC123
        air LH 400 FRA-JFK 2026-05-12 10:00
            email OPEN1
        bookings tmc ABC123, email OPEN1
    T2 -> T1
email OPEN1: air LH 400 FRA-JFK
=>
    trip T1 "Trip to New York" 2026-05-12 .. 2026-05-16 confirmed
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
            tmc ABC123
        bookings tmc ABC123
    trip T2 "Trip to JFK" undated confirmed
        air LH 400 FRA-JFK
            email OPEN1
        bookings email OPEN1
