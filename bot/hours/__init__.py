"""Hours: the weekly question, what was answered, what is locked, and what it cost."""
