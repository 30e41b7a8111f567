"""Production: PostgreSQL, TLS in front, secrets and names from the environment. What is missing or weak stops the start."""

import os
from urllib.parse import urlsplit


def _needed(name: str, hint: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise RuntimeError(f"production needs {name}: {hint}")
    return value


SECRET_KEY = _needed("SECRET_KEY", "32 characters or more, drawn at random")
if len(SECRET_KEY) < 32:
    raise RuntimeError("production needs a SECRET_KEY of 32 characters or more, drawn at random")
if not _needed("DATABASE_URL", "postgresql+psycopg://…").startswith("postgresql") and os.environ.get("ALLOW_SQLITE") != "1":
    raise RuntimeError("production runs on PostgreSQL; ALLOW_SQLITE=1 says that one machine with a file is meant")
PUBLIC_URL = _needed("PUBLIC_URL", "the address that receipts, codes and mails say, https://…")
if urlsplit(PUBLIC_URL).scheme != "https" or not urlsplit(PUBLIC_URL).hostname:
    raise RuntimeError("PUBLIC_URL is an https address")
HOST_NAMES = tuple(name.strip() for name in _needed("TRUSTED_HOSTS", "the names it is asked under, with commas between").split(","))
SESSION_COOKIE_SECURE = True
SQLALCHEMY_ENGINE_OPTIONS = {"pool_pre_ping": True, "pool_timeout": 5, "pool_recycle": 1800}
TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "1"))
