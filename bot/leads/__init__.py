"""Leads: a possible sale, before anyone works on it."""
