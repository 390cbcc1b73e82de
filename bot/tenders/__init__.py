"""New tenders in: from the portal to the channel."""
