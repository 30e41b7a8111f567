"""Policy files: one reader over frozen dataclasses, one provenance, all problems of a file at once."""
