"""Persons, roles, deputies and teams."""
