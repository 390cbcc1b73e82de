"""Appointments, calls and tasks, and the documents they leave."""
