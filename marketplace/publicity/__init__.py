"""Public notices and objections (公示、异议)."""
