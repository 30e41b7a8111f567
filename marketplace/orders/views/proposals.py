"""What one side of an order proposes, and the other answers: a price, or an end with what was done."""

from collections.abc import Callable
from uuid import UUID

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.kernel import clock, typed
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.moves.service import By
from marketplace.orders import queries, service
from marketplace.orders.forms import AgreeForm, ProposeForm, RefuseForm
from marketplace.orders.lifecycle import ORDER
from marketplace.orders.models import Order, OrderProposal
from marketplace.orders.queries.proposals import open_proposal
from marketplace.orders.rules import ProposalKind
from marketplace.orders.service import Bargain
from marketplace.orders.views.blueprint import bp, command, viewer
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, in_currency


def _party(order_id: UUID) -> Order:
    """Raises: NotFound: the user's organisation takes no part in it."""
    order = queries.visible(order_id, viewer())
    if current_user.organisation_id not in {order.enterprise_id, order.provider_id}:
        raise NotFound
    return order


def _asked(form: CommandForm) -> By:
    return By(current_user.id, clock.now(), form.key())


def _propose(order_id: UUID, kind: ProposalKind) -> ResponseReturnValue:
    order = _party(order_id)
    form = in_currency(ProposeForm, order.currency)()
    whose, asked = current_user.organisation_id, _asked(form)

    def work() -> object:
        wanted = Bargain(kind, Fen(form.amount.data or 0), str(form.reason.data or ""))
        return service.propose(order_id, wanted, organisation_id=whose, asked=asked)

    return command(form, "orders/propose.html", work, _("已告知对方，等对方答复。"), order=order, kind=kind.value)


@bp.route("/<uuid:order_id>/propose-price", methods=["GET", "POST"])
@requires(ORDER.move("propose_price").permission)
def propose_price(order_id: UUID) -> ResponseReturnValue:
    return _propose(order_id, ProposalKind.PRICE)


@bp.route("/<uuid:order_id>/propose-end", methods=["GET", "POST"])
@requires(ORDER.move("propose_end").permission)
def propose_end(order_id: UUID) -> ResponseReturnValue:
    return _propose(order_id, ProposalKind.TERMINATION)


def _waiting(order: Order) -> OrderProposal:
    """Raises: NotFound: nothing waits for an answer."""
    found = open_proposal(order)
    if found is None:
        raise NotFound
    return found


def _seen(form: AgreeForm) -> UUID:
    """Which proposal the page showed. Raises: RuleViolation: it was mangled."""
    found = typed.key(form.proposal.data)
    if found is None:
        raise RuleViolation(N_("请刷新页面后再提交。"))
    return found


def _answer(order_id: UUID, form: AgreeForm, verb: str, done: str, work: Callable[..., object], **said: str) -> ResponseReturnValue:
    """The page on which a proposal is answered, or taken back."""
    order = _party(order_id)
    whose, asked = current_user.organisation_id, _asked(form)
    answer = lambda: work(order_id, _seen(form), organisation_id=whose, asked=asked, **said)  # noqa: E731
    return command(form, "orders/answer_proposal.html", answer, done, order=order, waits=lambda: _shown(order, form), verb=verb)


@bp.route("/<uuid:order_id>/agree", methods=["GET", "POST"])
@requires(ORDER.move("agree").permission)
def agree(order_id: UUID) -> ResponseReturnValue:
    return _answer(order_id, AgreeForm(), "agree", _("已同意。"), service.agree)


@bp.route("/<uuid:order_id>/refuse", methods=["GET", "POST"])
@requires(ORDER.move("refuse").permission)
def refuse(order_id: UUID) -> ResponseReturnValue:
    form = RefuseForm()
    return _answer(order_id, form, "refuse", _("已告知对方。"), service.refuse, reason=str(form.reason.data or ""))


@bp.route("/<uuid:order_id>/take-back", methods=["GET", "POST"])
@requires(ORDER.move("take_back").permission)
def take_back(order_id: UUID) -> ResponseReturnValue:
    return _answer(order_id, AgreeForm(), "take_back", _("提议已撤回。"), service.take_back)


def _shown(order: Order, form: AgreeForm) -> OrderProposal:
    """What waits for an answer; the form keeps which one the page showed."""
    found = _waiting(order)
    form.proposal.data = form.proposal.data or str(found.id)
    return found
