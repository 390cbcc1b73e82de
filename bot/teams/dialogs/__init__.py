"""The dialogs on an offer and its records: each is declared once, drawn, read and merged by the same code."""
