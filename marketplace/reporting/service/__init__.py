"""Figures that are counted now and then and kept."""
