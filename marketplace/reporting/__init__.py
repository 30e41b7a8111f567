"""Homes per role, spending, exports: read-only pages across capabilities."""
