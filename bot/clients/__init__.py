"""Clients as a tree (client, entity, department), and their contacts."""
