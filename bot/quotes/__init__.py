"""What was offered: our quotes and the partners' ones."""
