"""Who sends booking mails, and how some write: declarative files that anyone can add (`docs/email.md`)."""
