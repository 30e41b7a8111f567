"""For everybody: whether a printed number is genuine, and what firms said of a provider."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.catalogue import queries as catalogue
from marketplace.identity.queries import organisation
from marketplace.kernel.errors import NotFound
from marketplace.kernel.ids import is_printed_number
from marketplace.orders import queries
from marketplace.orders.forms import NumberForm
from marketplace.orders.views.blueprint import bp
from marketplace.web.access import public
from marketplace.web.layouts import own_layout
from marketplace.web.paging import paged


@bp.get("/check")
@public
def check_form() -> ResponseReturnValue:
    number = request.args.get("number", "").strip().upper()[:24]
    if number:
        return redirect(url_for("orders.check", number=number))
    return render_template("orders/check_number.html", layout=own_layout(), number="", order=None, form=NumberForm(meta={"csrf": False}))


@bp.get("/check/<number>")
@public
def check(number: str) -> ResponseReturnValue:
    number, order = number.upper()[:24], None
    if is_printed_number(number):
        try:
            order = queries.by_number(number)
        except NotFound:
            order = None
    form = NumberForm(meta={"csrf": False}, data={"number": number})
    return render_template("orders/check_number.html", layout=own_layout(), number=number, order=order, form=form), 200 if order else 404


@bp.get("/reviews/<uuid:provider_id>")
@bp.get("/reviews/offering/<uuid:offering_id>")
@public
def reviews(provider_id: UUID | None = None, offering_id: UUID | None = None) -> ResponseReturnValue:
    """Of a provider, or of one of its offerings."""
    offering = catalogue.public_offering(offering_id) if offering_id else None
    provider = organisation(offering.provider_id if offering else provider_id)  # type: ignore[arg-type]
    page = paged(queries.reviews(provider.id, offering_id))
    return render_template(
        "orders/reviews.html", layout=own_layout(), provider=provider, offering=offering, page=page,
        score=queries.score_of(provider.id, offering_id),
    )  # fmt: skip
