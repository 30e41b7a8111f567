"""Under which names the application answers, and the address that papers and mails carry: of the settings, never of a Host header."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Flask, current_app, request

from marketplace.kernel.errors import N_, DomainError

LOOPBACK = ("localhost", "127.0.0.1", "::1")
ASKED_BY_MACHINES = frozenset({"web.live", "web.ready"})  # a balancer asks by number


class UnknownHost(DomainError):
    """Asked under a name that is not ours."""

    default_code = "unknown_host"


def is_ours(asked: str, names: Iterable[str]) -> bool:
    """Whether a Host header names one of ours, at whatever port; a name with a dot before it stands for all under it."""
    try:
        name = (urlsplit(f"//{asked}").hostname or "").rstrip(".")
    except ValueError:
        return False
    return any(name == one or (one.startswith(".") and name.endswith(one)) for one in names)


def public_url(endpoint: str, **values: object) -> str:
    """The address of a page as others are told it: under PUBLIC_URL, or in development under the name that was asked for."""
    path: str = current_app.url_map.bind("localhost").build(endpoint, values)
    root: str = current_app.config["PUBLIC_URL"] or request.host_url
    return root.rstrip("/") + path


def is_here(address: str) -> bool:
    """Whether a whole address stands under the name that this request was asked under."""
    return urlsplit(address).netloc == request.host


def register_hosts(app: Flask) -> None:
    """Refuse requests under a name that is not in the settings; unset means this machine's own names, at any port."""

    @app.before_request
    def known_name() -> None:
        names = app.config["HOST_NAMES"] or LOOPBACK
        asked = request.environ.get("HTTP_HOST") or request.environ.get("SERVER_NAME", "")
        if request.endpoint not in ASKED_BY_MACHINES and not is_ours(asked, names):
            raise UnknownHost(N_("本平台没有启用这个网址。请使用正式网址；如果您是维护人员，请把这个域名加入设置 TRUSTED_HOSTS。"))
