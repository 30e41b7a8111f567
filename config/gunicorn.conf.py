"""How the web server runs. Every figure can be set by the environment, so one image serves a village and a nation."""

import os

bind = os.environ.get("BIND", "127.0.0.1:8000")

# Threads, because requests wait for the database; two processes, so one can be replaced while the other answers.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
reuse_port = True  # each process has its own queue: with one, the first to wake took every lasting connection
preload_app = False  # a database connection must not be shared across a fork

# A worker is renewed now and then, never two at the same moment.
max_requests = 5000
max_requests_jitter = 500
timeout = 60
graceful_timeout = 30
keepalive = 5

# Believe X-Forwarded-* from these addresses only; everyone else could write what he likes there.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
limit_request_line = 4094
limit_request_fields = 60

accesslog = None  # the proxy in front writes one; what people do stands in the audit trail
errorlog = "-"
loglevel = "warning"
control_socket_disable = True
