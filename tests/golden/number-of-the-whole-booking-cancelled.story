# The number that is cancelled is the booking's own locator: all of it goes, and a cancelled trip remains.
tmc ABC123
    air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
    hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York"
cancel number tmc abc-123
=>
    trip T1 "Trip to New York" 2026-05-12 .. 2026-05-16 cancelled
        hotel "Grand Hotel" 2026-05-12 .. 2026-05-16 in "New York" status cancelled
            tmc ABC123
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 status cancelled
            tmc ABC123
        bookings tmc ABC123 (cancelled)
