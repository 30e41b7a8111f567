"""An award programme with a round, firms with titles, and applications walked to their state."""

from datetime import date
from typing import Any
from uuid import uuid4

from marketplace.enterprises.models import Title
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, db, in_transaction
from marketplace.kernel.money import YUAN, Fen
from marketplace.kernel.normal_text import plain_number
from marketplace.settlement import service
from marketplace.settlement.models import Claim
from marketplace.settlement.rules import Approval
from marketplace.subsidies.service import Asked
from marketplace.vouchers.models import Round
from tests.factories import a_firm, a_round, a_title, an_officer
from tests.order_factories import EXPLAINED, person, spot_checked

SLUG, AREA, COUNTY = "bozhou_award", "652700", "652701"
LITTLE_GIANT, SPECIALISED = Fen(1_000_000 * YUAN), Fen(250_000 * YUAN)
SINCE = date(2025, 3, 1)


def an_award_round(*, state: str = "claiming", budget_fen: int = 3_000_000 * YUAN, **facts: Any) -> Round:
    """A round of awards whose window is open now."""
    return a_round(SLUG, area=AREA, state=state, budget_fen=budget_fen, **facts)


def a_titled_firm(number: str = "", *, kind: str = "specialised", since: date = SINCE, region: str = COUNTY) -> Any:
    """A firm of the county with one title, its number as the register has it."""
    firm = a_firm(region=region, size="small")
    title = a_title(firm, kind, valid_from=since, valid_until=date(2028, 2, 28))
    if number:
        renumbered(title, number)
    return firm


def renumbered(title: Title, number: str) -> None:
    """The register has another number."""
    in_transaction(lambda: setattr(by_id(Title, title.id), "number", number))


def title_of(firm: Any) -> Title:
    return db.session.query(Title).filter_by(organisation_id=firm.id).one()


def word_of(firm: Any) -> str:
    """What names the firm's title in the form."""
    title = title_of(firm)
    return f"{title.kind}:{plain_number(title.number)}"


def ask(round_: Round, firm: Any, *, word: str = "", key: Any = None) -> Claim:
    """The firm asks for an award on its title."""
    asked, round_id = Asked(ground=word or word_of(firm)), round_.id
    who = {"enterprise_id": firm.id, "actor_id": person(firm.id)}
    return in_transaction(lambda: service.ask(round_id, asked, **who, request_key=key or uuid4(), now=clock.now()))


def an_award(state: str = "submitted", *, round_: Round | None = None, firm: Any = None, approved_fen: int | None = None) -> Claim:
    """An application, checked on the spot where it was drawn; `state="approved"`: an officer has decided."""
    claim = ask(round_ or an_award_round(), firm or a_titled_firm())
    spot_checked(claim)
    if state == "approved":
        amount, actor_id = Fen(approved_fen or claim.requested_fen), an_officer(AREA).id
        approval = Approval(amount, "按比例核减" if approved_fen else "", explained=EXPLAINED)
        in_transaction(lambda: service.approve(claim.id, approval, actor_id=actor_id, now=clock.now()))
    return by_id(Claim, claim.id)
