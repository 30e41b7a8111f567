"""Money, clock, calendar, ids, errors, database, files, sheets. Knows no capability."""
