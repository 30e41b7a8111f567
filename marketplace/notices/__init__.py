"""Messages to users inside the application, and what of it goes to the outbox."""
