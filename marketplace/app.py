"""The application factory: configuration, extensions, rooms."""

import importlib
import logging
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, has_request_context, request
from werkzeug.middleware.proxy_fix import ProxyFix

from marketplace import extensions
from marketplace.capabilities import modules
from marketplace.kernel import logs, sms
from marketplace.kernel.db import db

ROOT = Path(__file__).resolve().parent.parent

# modules of the kernel that have tables
KERNEL = ("commands", "files", "imports", "jobs", "leases", "outbox", "seals", "stamps", "sweeping")


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """Make the application.

    Args:
        overrides: settings that win over the files. ENVIRONMENT names the file of config/ (development, testing, production);
            without it QUANLIAN_ENV does, else development.
    """
    overrides = overrides or {}
    environment = str(overrides.get("ENVIRONMENT") or os.environ.get("QUANLIAN_ENV", "development"))
    app = Flask(
        "marketplace", root_path=str(ROOT / "marketplace"), template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static")
    )
    _configure(app, environment, overrides)
    for name in KERNEL:
        importlib.import_module(f"marketplace.kernel.{name}")
    for name in ("models", "jobs"):
        list(modules(name))  # so that tables and the worker's work are known
    _extend(app)
    _register(app)
    return app


def _configure(app: Flask, environment: str, overrides: Mapping[str, Any]) -> None:
    app.config.from_pyfile(str(ROOT / "config" / "default.py"))
    app.config.from_pyfile(str(ROOT / "config" / f"{environment}.py"))
    app.config.from_mapping(overrides)
    app.config["ENVIRONMENT"] = environment
    if not app.config.get("SECRET_KEY"):
        app.config["SECRET_KEY"] = _development_key(Path(app.config["INSTANCE"]))
    sms.sender(app.config)  # a name that nobody knows is said at the start, not at the first message
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"hide_parameters": True, **app.config["SQLALCHEMY_ENGINE_OPTIONS"]}
    logs.install()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if app.config["TRUSTED_PROXIES"]:
        hops = app.config["TRUSTED_PROXIES"]
        named = hops if app.config["TRUST_FORWARDED_HOST"] else 0  # a name is believed only where the settings say so
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=named)  # type: ignore[method-assign]


def _development_key(instance: Path) -> str:
    """A secret made once on this machine; production names its own."""
    path = instance / "secret_key"
    if not path.exists():
        instance.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_hex(32), encoding="ascii")
        path.chmod(0o600)
    return path.read_text(encoding="ascii").strip()


def _extend(app: Flask) -> None:
    Path(app.config["INSTANCE"]).mkdir(parents=True, exist_ok=True)
    db.init_app(app)
    extensions.migrate.init_app(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    extensions.babel.init_app(
        app, default_translation_directories=str(ROOT / "marketplace" / "translations"), locale_selector=extensions.choose_locale
    )
    extensions.bootstrap.init_app(app)
    extensions.csrf.init_app(app)
    extensions.login_manager.init_app(app)


def _register(app: Flask) -> None:
    from marketplace.identity.refusals import register_refusals
    from marketplace.identity.sign_in import register_login
    from marketplace.moves.over import register_over
    from marketplace.web import views
    from marketplace.web.addresses import register_hosts
    from marketplace.web.errors import register_errors
    from marketplace.web.formats import register_formats
    from marketplace.web.headers import register_headers
    from marketplace.web.interrupted import register_drafts
    from marketplace.web.query_string import register_reading

    register_login()
    register_hosts(app)
    register_errors(app)
    register_refusals(app)
    register_formats(app)
    register_headers(app)
    register_reading(app)
    register_drafts(app)
    register_over(app)
    app.register_blueprint(views.bp)
    for capability in modules("views"):
        app.register_blueprint(capability.bp)
    _check_links(app)
    app.context_processor(_page_context)
    _register_commands(app)


def _check_links(app: Flask) -> None:
    """Raises: LookupError: the navigation or a home leads to a page that is not there."""
    from marketplace.reporting.queries import tasks
    from marketplace.web.navigation import ITEMS

    wanted = {item.endpoint for item in ITEMS} | tasks.pages()
    if missing := sorted(wanted - app.view_functions.keys() - {""}):  # without a list of them there is no page
        raise LookupError(f"no such page: {', '.join(missing)}")


def _page_context() -> dict[str, Any]:
    from marketplace.identity.context import page_context
    from marketplace.web.navigation import navigation

    locale = extensions.choose_locale()
    size = request.cookies.get("text_size", "normal") if has_request_context() else "normal"
    own = page_context() if has_request_context() else {}
    return {"navigation": navigation, "locale": locale, "html_lang": "en" if locale == "en" else "zh-CN", "text_size": size, **own}


def _register_commands(app: Flask) -> None:
    from marketplace.cli import register

    register(app)
