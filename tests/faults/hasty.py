"""The control of the crash runs: the same application, which answers before it has committed."""

import io
import threading
import time

from wsgi import app as honest


def _later(environ: dict) -> None:
    time.sleep(0.7)
    list(honest(environ, lambda *_: None))


def app(environ, start_response):
    """Promise at once, keep it a moment later."""
    if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].startswith("/orders"):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        threading.Thread(target=_later, args=({**environ, "wsgi.input": io.BytesIO(body)},), daemon=True).start()
        start_response("302 FOUND", [("Location", "/orders/"), ("Content-Length", "0")])
        return [b""]
    return honest(environ, start_response)
