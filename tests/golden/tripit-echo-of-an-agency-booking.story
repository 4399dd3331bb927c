# The agency's mail went to TripIt, and TripIt gives it back under its own number, with other words for the hotel:
# nothing appears twice, nothing is overwritten, and TripIt's being gone later is only a doubt.
tmc ABC123
    air LH 400 FRA-JFK 2026-05-12 10:00 +02:00 .. 13:00 -04:00 locator ABC123@1A
    hotel "Radisson Blu Hotel, Zürich" 2026-05-12 .. 2026-05-14 in Zürich number 777
tripit 987654
    air LH 400 FRA-JFK 2026-05-12 10:00 +02:00 .. 13:00 -04:00 locator ABC123@1A seats 12A
    hotel "Radisson Blu Zurich" 2026-05-12 .. 2026-05-14 in Zurich agency 777
=>
    trip T1 "Trip to Zürich" 2026-05-12 .. 2026-05-14 confirmed
        hotel "Radisson Blu Hotel, Zürich" 2026-05-12 .. 2026-05-14 in Zürich agency 777 number 777
            tmc ABC123; also tripit 987654; agency by tripit 987654
        air LH 400 FRA-JFK 2026-05-12 10:00 +02:00 .. 13:00 -04:00 locator ABC123@1A seats 12A
            tmc ABC123; also tripit 987654; seats by tripit 987654
        bookings tmc ABC123, tripit 987654
cancel tripit 987654
=>
    trip T1 "Trip to Zürich" 2026-05-12 .. 2026-05-14 confirmed
        hotel "Radisson Blu Hotel, Zürich" 2026-05-12 .. 2026-05-14 in Zürich number 777
            tmc ABC123; also tripit 987654 (cancelled); suspected cancelled
        air LH 400 FRA-JFK 2026-05-12 10:00 +02:00 .. 13:00 -04:00 locator ABC123@1A
            tmc ABC123; also tripit 987654 (cancelled); suspected cancelled
        bookings tmc ABC123, tripit 987654 (cancelled)
