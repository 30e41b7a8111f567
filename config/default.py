"""Settings that hold everywhere unless an environment says otherwise."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTANCE = Path(os.environ.get("QUANLIAN_INSTANCE", str(ROOT / "instance")))

SQLALCHEMY_DATABASE_URI = os.environ.get("DATABASE_URL", f"sqlite:///{INSTANCE / 'quanlian.sqlite'}")
MIGRATION_DATABASE_URL = os.environ.get("MIGRATION_DATABASE_URL", "")  # PostgreSQL: the role that owns the tables; empty: the same role
SQLALCHEMY_ENGINE_OPTIONS: dict[str, object] = {}
MAX_CLOCK_SKEW_SECONDS = int(os.environ.get("MAX_CLOCK_SKEW_SECONDS", "30"))  # against PostgreSQL's clock; 0: not looked at
FILES_ROOT = os.environ.get("FILES_ROOT", str(INSTANCE / "files"))  # content-addressed store of uploads
SEALS_ROOT = os.environ.get("SEALS_ROOT", str(INSTANCE / "seals"))  # where sealed heads are published, outside the database
SEALS_COPY = os.environ.get("SEALS_COPY", "")  # a second place for what is published, e.g. another disk; empty: none
SEAL_ALGORITHM = os.environ.get("SEAL_ALGORITHM", "sha256")  # of new blocks: sha256 or sm3; each block names its own
SEAL_KEY_FILE = os.environ.get("SEAL_KEY_FILE", "")  # Ed25519 private key (PEM); empty: made under INSTANCE, in production refused

SESSION_COOKIE_NAME = "quanlian"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = False
WTF_CSRF_TIME_LIMIT = None  # the token lives as long as the session: a form left open over lunch is not lost
SEND_FILE_MAX_AGE_DEFAULT = 3600  # seconds; pages are never cached, their styles are
MAX_CONTENT_LENGTH = 32 * 1024 * 1024
MAX_FORM_MEMORY_SIZE = 2 * 1024 * 1024

BABEL_DEFAULT_LOCALE = "zh_Hans_CN"
BABEL_DEFAULT_TIMEZONE = "Asia/Shanghai"
BOOTSTRAP_SERVE_LOCAL = True

HOME_AREA = os.environ.get("HOME_AREA", "540000")  # whose platform this is
SERVED_AREAS = tuple(os.environ.get("SERVED_AREAS", "540000,652700").split(","))  # whose counties and parks a firm chooses from
EXPORT_ROWS = int(os.environ.get("EXPORT_ROWS", "10000"))  # a list of more rows is written by a job, with a file to fetch
FIGURES_MINUTES = int(os.environ.get("FIGURES_MINUTES", "10"))  # how old the figures of the public front page may grow
EXPORT_DAYS = int(os.environ.get("EXPORT_DAYS", "7"))  # how long such a file is kept
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")  # who asks /metrics shows it as a bearer token; empty: /metrics is not there
PASSWORD_CODE_HOURS = int(os.environ.get("PASSWORD_CODE_HOURS", "24"))  # how long a one-time code for a password is good
RESET_WATCH_HOURS = int(os.environ.get("RESET_WATCH_HOURS", "72"))  # money decided so soon after a new password raises a signal
DEMO = False  # lists the demo's accounts on the sign-in page and allows `flask demo load`
MAIL_SERVER = os.environ.get("MAIL_SERVER", "")  # empty: e-mails wait in the outbox
MAIL_PORT = int(os.environ.get("MAIL_PORT", "25"))
MAIL_SENDER = os.environ.get("MAIL_SENDER", "")
SMS_ADAPTER = os.environ.get("SMS_ADAPTER", "")  # file: a line each in SMS_FILE, for development; empty: no text messages
SMS_FILE = os.environ.get("SMS_FILE", str(INSTANCE / "sms.log"))
PUBLIC_URL = os.environ.get("PUBLIC_URL", "")  # https://… : what receipts, codes and mails say; empty: the name that was asked for
HOST_NAMES = tuple(filter(None, (name.strip() for name in os.environ.get("TRUSTED_HOSTS", "").split(","))))  # empty: loopback names
TRUST_FORWARDED_HOST = os.environ.get("TRUST_FORWARDED_HOST", "") == "1"  # take the name from X-Forwarded-Host
TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "0"))
