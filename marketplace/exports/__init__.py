"""Lists taken away as files: short ones at once, long ones written by the worker and kept for some days."""
