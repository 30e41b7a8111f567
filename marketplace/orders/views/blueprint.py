"""The blueprint, and what every page of an order does: who looks, which files came, how a command is carried out."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.kernel import clock
from marketplace.orders.forms import ReasonForm
from marketplace.orders.models import Order
from marketplace.orders.queries import Viewer
from marketplace.orders.service import Paper
from marketplace.policy.programme_words import DocumentKind
from marketplace.web import uploads
from marketplace.web.forms import CommandForm, carried_out

bp = Blueprint("orders", __name__, url_prefix="/orders")


def viewer() -> Viewer:
    """Who looks at this page."""
    return Viewer(current_user.organisation_id, current_user.areas_for("orders.open"))


def paper_from(form: CommandForm, field_name: str, kind: DocumentKind, **facts: Any) -> Paper | None:
    """A paper from a form's file field, checked and kept on disk; None where no file was chosen.

    Raises: RuleViolation beside the field: wrong kind of file, too large, spoilt.
    """
    storage = form[field_name].data
    if not uploads.is_chosen(storage):
        return None
    kept = uploads.receive(storage, organisation_id=current_user.organisation_id, actor_id=current_user.id, field=field_name)
    return Paper(kind=kind, sha256=kept.facts.sha256, store=lambda: uploads.store(kept), **facts)


def command(
    form: CommandForm,
    template: str,
    work: Callable[..., object],
    done: str,
    before: Callable[[], object] | None = None,
    **context: Any,
) -> ResponseReturnValue:
    """The page of one command: the form, what it did, or why not.

    Args:
        work, done, before: as `carried_out` has them.
        context: the order, and what else the page shows: values, or functions that are called only if it is shown.
    """
    if form.validate_on_submit() and carried_out(form, work, done, before=before):
        return redirect(url_for("orders.show", order_id=context["order"].id))
    shown = {name: value() if callable(value) else value for name, value in context.items()}
    return render_template(template, form=form, **shown), form.status


def reasoned(order: Order, template: str, work: Callable[..., object], done: str, **side: Any) -> ResponseReturnValue:
    """The page of a command that wants a reason.

    Args:
        side: as which organisation the service is asked.
    """
    form = ReasonForm()
    asked = {**side, "actor_id": current_user.id, "request_key": form.key()}
    return command(form, template, lambda: work(order.id, reason=form.reason.data, **asked, now=clock.now()), done, order=order)
