"""The blueprint, and what every page of an order does: who looks, which files came, how a command is carried out."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import DomainError
from marketplace.orders import rules
from marketplace.orders.models import Order
from marketplace.orders.queries import Viewer
from marketplace.orders.service import Paper
from marketplace.policy.vocabulary import DocumentKind
from marketplace.web import uploads
from marketplace.web.forms import CommandForm

bp = Blueprint("orders", __name__, url_prefix="/orders")


@bp.record_once
def _words(state: BlueprintSetupState) -> None:
    """Globals, so that macros know them too."""
    state.app.jinja_env.globals.update(
        order_labels=rules.LABELS, accepted_labels=rules.ACCEPTED_LABELS, order_tones=rules.TONES, order_ended=rules.ENDED
    )


def viewer() -> Viewer:
    """Who looks at this page."""
    return Viewer(current_user.organisation_id, current_user.areas_for("orders.open"))


def paper_from(form: CommandForm, field_name: str, kind: DocumentKind, **facts: Any) -> Paper | None:
    """A paper from a form's file field, checked and kept on disk; None where no file was chosen.

    Raises: RuleViolation beside the field: wrong kind of file, too large, spoilt.
    """
    storage = form[field_name].data
    if not uploads.given(storage):
        return None
    kept = uploads.receive(storage, organisation_id=current_user.organisation_id, actor_id=current_user.id, field=field_name)
    return Paper(kind=kind, sha256=kept.facts.sha256, store=lambda: uploads.store(kept), **facts)


def command(
    form: CommandForm, template: str, order: Order, work: Callable[[], Callable[[], object]], done: str, **context: Any
) -> ResponseReturnValue:
    """The page of one command: the form, what it did, or why not.

    Args:
        work: prepares the command (files are read here, before the transaction) and answers what runs inside it.
        done: what is said when it is done.
        context: values for the page, or functions that are called only if it is shown.
    """
    if form.validate_on_submit():
        try:
            in_transaction(work())
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash(done, "success")
            return redirect(url_for("orders.show", order_id=order.id))
    shown = {name: value() if callable(value) else value for name, value in context.items()}
    return render_template(template, order=order, form=form, **shown), form.status


def key_of(form: CommandForm) -> UUID:
    """The command's key."""
    return form.key()
