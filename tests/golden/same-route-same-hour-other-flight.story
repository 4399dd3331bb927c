# Two airlines leave Frankfurt for Chicago at the same hour and land ten minutes apart: no codeshare but a double
# booking, and she must see both.
tmc ABC123: air LH 430 FRA-ORD 2026-05-12 10:30 +02:00 .. 12:45 -05:00
email ZZZ999: air UA 945 FRA-ORD 2026-05-12 10:30 +02:00 .. 12:55 -05:00
=>
    trip T1 "Trip to ORD" 2026-05-12 .. 2026-05-12 confirmed
        air LH 430 FRA-ORD 2026-05-12 10:30 +02:00 .. 12:45 -05:00
            tmc ABC123
        air UA 945 FRA-ORD 2026-05-12 10:30 +02:00 .. 12:55 -05:00
            email ZZZ999
        bookings tmc ABC123, email ZZZ999
