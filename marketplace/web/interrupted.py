"""What was typed when the visitor is signed out, or the page too old: it stays on the page, and can be sent from there.

The scripts of `autosave-draft.mjs` keep drafts beside this; here is what holds without them, and the word that a draft is done.
"""

from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from flask import Flask, Response, make_response, render_template, request, session
from flask_wtf import FlaskForm

from marketplace.web.addresses import is_here
from marketplace.web.views import safe_next

DONE = "draft_done"  # the cookie that names the draft of a command that was done
Fields = list[tuple[str, str]]


def is_from_here() -> bool:
    """Whether one of our own pages sent this: browsers name the sender's origin with every form."""
    return is_here(request.headers.get("Origin") or request.headers.get("Referer", ""))


def fields_sent() -> Fields | None:
    """What was typed, to be sent once more; None where that may not be: another's page, a password, a file."""
    has_file = any(file.filename for _name, file in request.files.items(multi=True))
    if has_file or not is_from_here() or any("password" in name for name in request.form):
        return None
    return [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]


def page_of_form() -> str:
    """The page on which the form stood, as far as the browser says."""
    came_from = request.headers.get("Referer", "")
    parts = urlsplit(came_from)
    return safe_next(f"{parts.path}?{parts.query}" if parts.query else parts.path, "") if is_here(came_from) else ""


def interrupted(status: int, *, form: FlaskForm | None = None, to: str = "", fields: Iterable[tuple[str, str]] | None = None) -> Response:
    """The page that keeps what was typed: sign in beside it if need be, then go on.

    Args:
        form: the sign-in form, when it was filled in wrongly.
        to: where the form was going; this request's own address unless said otherwise.
        fields: what was typed; this request's own fields unless `to` is said.
    """
    here = request.full_path.rstrip("?")
    page = render_template(
        "errors/interrupted.html", form=form, to=to or here, fields=fields if to else fields_sent(), page=page_of_form() if not to else ""
    )
    return make_response(page, status)


def register_drafts(app: Flask) -> None:
    """Say which draft was done, so that the browser forgets it: only after a command that went well, never because no error is seen."""

    @app.after_request
    def tell(response: Response) -> Response:
        if request.method != "POST" or response.status_code not in {302, 303} or not request.form.get("draft"):
            return response
        warned = any(category != "success" for category, _text in session.get("_flashes", []))
        if not warned:
            name = quote(request.form["draft"][:300], safe="")
            response.set_cookie(DONE, name, max_age=600, samesite="Lax", secure=app.config["SESSION_COOKIE_SECURE"])
        return response
