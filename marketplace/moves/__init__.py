"""Moves of a thing along its life: begun under lock, written down, told, shown."""
