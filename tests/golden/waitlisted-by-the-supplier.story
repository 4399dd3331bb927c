# The agency says confirmed, the airline says waitlisted: the airline is right about its own status, the agency
# about her route.
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 status confirmed
supplier:Lufthansa LX1: air LH 400 FRA-JFK 2026-05-12 10:20 .. 13:20 status waitlisted
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 status waitlisted
            tmc ABC123; also supplier:Lufthansa LX1
        bookings tmc ABC123, supplier:Lufthansa LX1
