"""Service records: one row per service delivered; what the platform counts (服务台账)."""
