# Ada and a colleague flew under one locator; the agency splits her off into a locator of her own. The mail still
# bears the old one. One flight out, one trip, and its id stays.
tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 locator ABC123@1A
email ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 locator ABC123@1A
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 locator ABC123@1A
            tmc ABC123; also email ABC123
        bookings tmc ABC123, email ABC123
tmc DEF456: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 locator DEF456@1A
withdraw tmc ABC123
=>
    trip T1 "Trip to JFK" 2026-05-12 .. 2026-05-12 confirmed
        air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00 locator DEF456@1A
            tmc DEF456; also email ABC123
        bookings email ABC123, tmc DEF456
