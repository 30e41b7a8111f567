"""Domain error → status and page. The only place that knows statuses."""

import logging

from flask import Flask, Response, g, make_response, render_template, request
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from marketplace.kernel.db import db
from marketplace.kernel.db_failures import is_cut, is_full, is_passing
from marketplace.kernel.errors import Busy, Conflict, DomainError, Forbidden, NotFound, RuleViolation, Uncertain
from marketplace.kernel.ids import printed_number
from marketplace.kernel.locales import said
from marketplace.web.interrupted import interrupted

log = logging.getLogger(__name__)

STATUS: tuple[tuple[type[DomainError], int], ...] = (
    (NotFound, 404),
    (Forbidden, 403),
    (Conflict, 409),
    (Busy, 503),
    (RuleViolation, 422),
    (DomainError, 400),
)
_PAGES = {400, 403, 404, 409, 413, 422, 429, 500, 503}


def status_of(error: DomainError) -> int:
    """The HTTP status of a domain error."""
    if error.code == "throttled":
        return 429
    return next(status for kind, status in STATUS if isinstance(error, kind))


def _page(status: int, message: str | None = None, **context: object) -> Response:
    if status >= 500:
        g._login_user = AnonymousUserMixin()  # the database may be away: who is signed in is not asked again
    template = f"errors/{status if status in _PAGES else 500 if status >= 500 else 400}.html"
    return make_response(render_template(template, message=message, offline=status >= 500, **context), status)


def register_errors(app: Flask) -> None:
    """Show every failure as a page that says what to do."""

    @app.errorhandler(DomainError)
    def domain_error(error: DomainError) -> Response:
        g.refusal = error  # for the trail, where a control refused
        return _page(status_of(error), said(error), uncertain=isinstance(error, Uncertain))

    @app.errorhandler(CSRFError)
    def stale_form(_error: CSRFError) -> Response:
        return interrupted(400)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        return _page(error.code or 500)

    @app.after_request
    def try_again(response: Response) -> Response:
        """Also on a form that was shown again with its refusal."""
        if response.status_code in {429, 503}:
            response.headers.setdefault("Retry-After", "5")
        return response

    @app.errorhandler(Exception)
    def bug(error: Exception) -> Response:
        db.session.remove()  # a rollback would ask a connection that may be gone
        if is_cut(error):
            log.warning("statement cut short at %s %s", request.method, request.endpoint)
            return _page(503, is_cut=True)
        if is_passing(error) or is_full(error):  # while a page was read: nothing was on its way
            log.warning("database away: %s", error)
            return _page(503)
        incident = printed_number("SG")
        log.exception("incident %s at %s %s", incident, request.method, request.endpoint, exc_info=error)
        if app.testing or app.debug:
            raise error
        return _page(500, request_id=incident)
