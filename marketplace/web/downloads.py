"""Generated files over HTTP."""

import io

from flask import Response, send_file

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def excel(content: bytes, name: str) -> Response:
    """An Excel book as a download; `name` without suffix."""
    return send_file(io.BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx")


def toml(content: bytes, name: str) -> Response:
    """A policy file as a download; `name` without suffix."""
    return send_file(io.BytesIO(content), mimetype="application/toml", as_attachment=True, download_name=f"{name}.toml")


def svg(content: str, name: str) -> Response:
    """A picture as a download; `name` without suffix."""
    return send_file(io.BytesIO(content.encode()), mimetype="image/svg+xml", as_attachment=True, download_name=f"{name}.svg")
