"""From the database to the views of the cards. Read-only."""
