"""Cases made in one line, through the services, as their people would make them."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.money import Fen
from marketplace.moves.service import By
from marketplace.settlement.spot_rules import SpotFinding
from marketplace.supervision import service
from marketplace.supervision.check_rules import CheckForm, Population, SpotPlan
from marketplace.supervision.models import SpotDraw, SpotItem, SupervisionCase
from marketplace.supervision.rules import AppealAnswer, MeasureKind, MeasureWanted
from marketplace.supervision.service import Appointment, Cause, SpotResult, TypedTip, social
from marketplace.supervision.social_models import SocialSupervisor, SocialVisit
from marketplace.supervision.tip_models import Tip
from tests.factories import a_firm, an_officer, user_of

WORDS = "经核对合同、发票和银行回单，三者不一致，违反项目管理办法。"


def by(officer: Any, shown: str | None = None) -> By:
    return By(officer.id, clock.now(), uuid4(), {}, shown=shown)


def a_tip(about: str = "某服务机构", *, area: str = "540000", **said: Any) -> Tip:
    """A tip that came in by itself."""
    typed = TypedTip(about=about, area_code=area, facts="二月十二日看到这家机构没有上门服务，却开了全额的发票。", **said)
    return in_transaction(lambda: service.receive_tip(typed, request_key=uuid4(), sent_from="", now=clock.now()))[0]


def taken(tip: Tip, officer: Any) -> Tip:
    asked = by(officer)
    return in_transaction(lambda: service.take_tip(tip.id, asked=asked))


def a_case(organisation_id: UUID, *, officer: Any = None, subject: tuple[str, UUID] | None = None, **facts: Any) -> SupervisionCase:
    """A case that an officer opened about an organisation."""
    subject_type, subject_id = subject or ("organisation", organisation_id)
    cause = Cause(organisation_id=organisation_id, reason="日常巡查发现疑点。", subject_type=subject_type, subject_id=subject_id, **facts)
    actor_id = (officer or an_officer()).id
    return in_transaction(lambda: service.open_case(uuid4(), cause, actor_id=actor_id, now=clock.now()))


def propose(
    case: SupervisionCase, kind: str, *, officer: Any = None, days: int | None = None, amount_fen: int | None = None, **said: Any
) -> None:
    until = None if days is None else clock.today() + timedelta(days=days)
    amount = None if amount_fen is None else Fen(amount_fen)
    wanted, actor_id = MeasureWanted(kind=MeasureKind(kind), until_on=until, amount_fen=amount, **said), (officer or an_officer()).id
    in_transaction(lambda: service.propose(case.id, wanted, actor_id=actor_id, now=clock.now(), request_key=uuid4()))


def find(case: SupervisionCase, officer: Any, *, established: bool = True, words: str = WORDS) -> SupervisionCase:
    asked = by(officer)
    return in_transaction(lambda: service.find(case.id, words, is_established=established, asked=asked))


def decide(case: SupervisionCase, officer: Any, shown: str | None = None) -> SupervisionCase:
    asked = by(officer, shown)
    return in_transaction(lambda: service.decide(case.id, WORDS, asked=asked))


def decided(organisation_id: UUID, kind: str, *, officers: Any = None, **facts: Any) -> SupervisionCase:
    """A case about an organisation with one measure, decided by a second officer."""
    first, second = officers or (an_officer(), an_officer())
    case = a_case(organisation_id, officer=first)
    propose(case, kind, officer=first, **facts)
    find(case, first)
    return decide(case, second)


def appeal(case: SupervisionCase, user: Any, text: str = WORDS) -> SupervisionCase:
    own, asked = user.organisation_id, by(user)
    return in_transaction(lambda: service.appeal(case.id, text, organisation_id=own, file_id=None, asked=asked))


def answer(case: SupervisionCase, officer: Any, verdict: AppealAnswer) -> SupervisionCase:
    asked = by(officer)
    return in_transaction(lambda: service.answer_appeal(case.id, verdict, WORDS, asked=asked))


def a_case_in(state: str, party: Any) -> SupervisionCase:
    """A case about an organisation, walked to its state by as many officers as it takes."""
    first = an_officer()
    case = a_case(party.id, officer=first)
    if state == "investigating":
        return case
    propose(case, "warning", officer=first)
    find(case, first)
    if state in {"decided", "appealed"}:
        decide(case, an_officer())
    return appeal(case, user_of(party)) if state == "appealed" else case


def a_plan(population: str = "orders", *, area: str = "540000", size: int = 1, form: str = "routine", **rule: Any) -> SpotPlan:
    """A plan over the last month."""
    today = clock.today()
    return SpotPlan(
        form=CheckForm(form),
        population=Population(population),
        area_code=area,
        size=size,
        **{"from_on": today - timedelta(days=30), "until_on": today} | rule,
    )


def planned(plan: SpotPlan, *, officer: Any = None) -> SpotDraw:
    actor_id = (officer or an_officer(plan.area_code)).id
    return in_transaction(lambda: service.plan(uuid4(), "一季度抽查", plan, actor_id=actor_id, now=clock.now()))


def drawn(plan: SpotPlan, *, officer: Any = None) -> SpotDraw:
    """A check whose sample was drawn."""
    row, asked = planned(plan, officer=officer), by(officer or an_officer())
    return in_transaction(lambda: service.draw_sample(row.id, asked=asked))


def checked(item: SpotItem, officer: Any, finding: str = "good", words: str = "到场核对了合同和交付物原件，并询问双方。") -> SpotItem:
    found, asked = SpotResult(finding=SpotFinding(finding), report=words), by(officer)
    return in_transaction(lambda: service.check_item(item.id, found, asked=asked))


def appointed(user: Any = None, *, area: str = "540000", officer: Any = None, days: int = 30) -> SocialSupervisor:
    """A social supervisor of an area whose term begins today."""
    person, today = user or user_of(a_firm(region=area if area[2:] != "0000" else "540102")), clock.today()
    wanted = Appointment(login=person.login, area_code=area, capacity="行业协会", from_on=today, until_on=today + timedelta(days=days))
    actor_id = (officer or an_officer(area)).id
    return in_transaction(lambda: social.appoint(uuid4(), wanted, actor_id=actor_id, now=clock.now()))


def invited(item: SpotItem, row: SocialSupervisor, officer: Any = None) -> SocialVisit:
    actor_id = (officer or an_officer()).id
    return in_transaction(lambda: social.invite(item.id, row.id, actor_id=actor_id, now=clock.now()))


def observed(visit: SocialVisit, row: SocialSupervisor, words: str = "到了企业，看了系统和操作手册，问了两名员工。") -> SocialVisit:
    return in_transaction(lambda: social.observe(visit.id, words, actor_id=row.user_id, now=clock.now()))
