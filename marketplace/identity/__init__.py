"""Organisations, users, roles, areas of authority, sign-in."""
