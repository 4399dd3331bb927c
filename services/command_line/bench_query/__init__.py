"""What reading trips costs, beside a bare route that answers the same bytes from the same database."""
