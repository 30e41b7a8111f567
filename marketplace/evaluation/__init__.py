"""Rule sets, measures, self-check of demonstration platforms (示范平台)."""
