"""Production: PostgreSQL, TLS in front, secrets from the environment."""

import os

SECRET_KEY = os.environ["SECRET_KEY"]
SESSION_COOKIE_SECURE = True
SQLALCHEMY_ENGINE_OPTIONS = {"pool_pre_ping": True, "pool_timeout": 5, "pool_recycle": 1800}
TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "1"))
