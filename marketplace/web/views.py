"""Endpoints of no capability: language, large text, health, jobs."""

import re
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import select, text

from marketplace.kernel import clock_check
from marketplace.kernel.db import db
from marketplace.kernel.db_timeouts import answer_within
from marketplace.kernel.errors import NotFound
from marketplace.kernel.jobs import Job
from marketplace.kernel.locales import LOCALES
from marketplace.web.access import public, requires

bp = Blueprint("web", __name__)

HEALTH_SECONDS = 2.0
_OURS = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f-\x9f\u2028\u2029]*")  # no control signs: a line break would begin a header


def safe_next(target: str | None, fallback: str) -> str:
    """Where to go after signing in: only a path of ours, never another host."""
    if not target or not _OURS.fullmatch(target):
        return fallback
    parts = urlsplit(target)
    return target if not parts.netloc and not parts.scheme else fallback


@bp.get("/locale/<language>")
@public
def set_locale(language: str) -> ResponseReturnValue:
    if language not in LOCALES:
        raise NotFound
    session["locale"] = language
    return redirect(safe_next(request.args.get("next"), "/"))


@bp.get("/text-size/<size>")
@public
def set_text_size(size: str) -> ResponseReturnValue:
    if size not in {"normal", "large"}:
        raise NotFound
    response = redirect(safe_next(request.args.get("next"), "/"))
    response.set_cookie("text_size", size, max_age=31_536_000, samesite="Lax", httponly=True)
    return response


@bp.get("/health/live")
@public
def live() -> Response:
    return jsonify(status="ok")


@bp.get("/health/ready")
@public
def ready() -> ResponseReturnValue:
    """Whether requests should be sent here; answers in seconds, whatever the database does."""
    try:
        with answer_within(HEALTH_SECONDS):
            db.session.execute(text("SELECT 1"))
            clock_check.check(db.session)
    except clock_check.ClockDiffers:
        return jsonify(status="clock differs from the database's"), 503
    except Exception:  # whatever the driver says, we are not ready
        db.session.remove()
        return jsonify(status="database unreachable"), 503
    return jsonify(status="ok")


@bp.get("/jobs/<uuid:job_id>.json")
@requires("jobs.own")
def job(job_id) -> ResponseReturnValue:  # type: ignore[no-untyped-def]
    row = db.session.scalars(select(Job).where(Job.id == job_id, Job.owner_id == current_user.id)).one_or_none()
    if row is None:
        raise NotFound
    return jsonify(state=row.state.value, label=gettext(row.state.label), done=row.done, total=row.total, error=row.error)


@bp.get("/")
@public
def root() -> ResponseReturnValue:
    return redirect(url_for("reporting.home") if current_user.is_authenticated else url_for("reporting.front"))
