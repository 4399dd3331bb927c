"""What a message says, and whose booking it is; pure."""
