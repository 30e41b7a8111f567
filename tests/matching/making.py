"""Things the matching's tests are about, made in one line."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from marketplace.enterprises.models import Enterprise
from marketplace.identity.models import User
from marketplace.kernel import clock, jobs
from marketplace.kernel.db import db, in_transaction
from marketplace.kernel.files import StoredFile
from marketplace.kernel.imports import ImportContext, Importer
from marketplace.matching import service as matching
from marketplace.matching.lines import need_line, supply_line
from marketplace.matching.models import Chain, Match, MatchContract, NeedsList, SupplyList
from marketplace.matching.service import chains, contracts, needs, steps, supplies
from marketplace.matching.service.contracts import Signed
from tests.factories import a_firm, a_user, an_officer, an_organisation, stored, user_of


def a_chain(name: str = "天然饮用水产业链", *, area: str = "540000", officer: User | None = None) -> Chain:
    """An industry chain of the region."""
    officer = officer or an_officer(area)
    return in_transaction(
        lambda: chains.create(uuid4(), name=name, area_code=area, head_name="链长", head_post="负责同志", actor_id=officer.id)
    )


def a_leader(chain: Chain | None = None, *, officer: User | None = None) -> User:
    """A user of an organisation that was appointed to lead a chain."""
    officer = officer or an_officer()
    chain = chain or a_chain(officer=officer)
    organisation = an_organisation("链主企业")
    user = a_user(organisation=organisation)
    facts = chains.AppointmentFacts(organisation.uscc, "leader", clock.today(), None, "任命文件")
    in_transaction(lambda: chains.appoint(uuid4(), chain.id, facts, actor_id=officer.id, now=clock.now()))
    return user


def a_draft(*, leader: User, title: str = "草稿", direction: str = "upstream") -> NeedsList:
    """A needs list that is not published."""
    chain_id = chains.led_by(leader.organisation_id, clock.today())[0].chain_id
    facts = needs.ListFacts(leader.organisation_id, chain_id, title, direction)
    return in_transaction(lambda: needs.new_list(uuid4(), facts, actor_id=leader.id, today=clock.today()))


def a_needs_list(*products: str, leader: User | None = None, direction: str = "upstream", **values: Any) -> NeedsList:
    """A published needs list; `quantity=`, `unit=`, `certificates=` go to every line."""
    leader = leader or a_leader()
    row = a_draft(leader=leader, title="需求清单", direction=direction)

    def work() -> NeedsList:
        for product in products or ("纸箱",):
            needs.add_need(row.id, need_line({"product": product, **values}))
        return needs.publish(row.id, actor_id=leader.id, now=clock.now())

    return in_transaction(work)


def a_supply_list(*products: str, firm: Enterprise | None = None, **values: Any) -> SupplyList:
    """A published supply list of a firm."""
    firm = firm or a_firm()
    actor = user_of(firm)

    def work() -> SupplyList:
        row = supplies.draft(firm.id, actor_id=actor.id)
        for product in products or ("瓦楞纸箱",):
            supplies.add_line(row.id, supply_line({"product": product, **values}))
        return supplies.publish(firm.id, actor_id=actor.id, now=clock.now())

    return in_transaction(work)


def an_import(importer: Importer, row: Mapping[str, Any], by: User, **options: str) -> Callable[[], Any]:
    """The work of an import with one row of a workbook."""
    asker = {"actor_id": by.id, "organisation_id": by.organisation_id, "areas": ("540000",)}
    context = ImportContext(import_id=uuid4(), **asker, options=options, now=clock.now())
    return lambda: importer.store_row(row, context)


def a_match(*, leader: User | None = None, firm: Enterprise | None = None) -> Match:
    """A pair that a run proposed: 纸箱 wanted, 瓦楞纸箱 offered."""
    leader, firm = leader or a_leader(), firm or a_firm()
    a_supply_list(firm=firm)
    row = a_needs_list(leader=leader)
    key = uuid4()
    in_transaction(lambda: matching.ask_for_run(row.id, key=key, actor_id=leader.id))
    jobs.run_all()
    return db.session.scalars(select(Match).where(Match.run_id == key, Match.enterprise_id == firm.id)).unique().one()


def matched(row: NeedsList, leader: User) -> list[Match]:
    """Run the matching over a list; the matches of the run, best first."""
    key = uuid4()
    in_transaction(lambda: matching.ask_for_run(row.id, key=key, actor_id=leader.id))
    jobs.run_all()
    return list(db.session.scalars(select(Match).where(Match.run_id == key).order_by(Match.score.desc(), Match.id)).unique())


def followed(match: Match, *steps: Callable[..., Match], by: User) -> None:
    """Steps of a match, taken by one user."""
    for step in steps:
        in_transaction(lambda step=step: step(match.id, actor_id=by.id, by=by.organisation_id, now=clock.now()))


def a_match_in_talks(leader: User | None = None, **facts: Any) -> Match:
    """A match whose sides are in contact."""
    leader = leader or a_leader()
    match = a_match(leader=leader, **facts)
    followed(match, steps.recommend, steps.contact, by=leader)
    return match


def registered(match: Match, by: User, *, key: UUID | None = None, **values: Any) -> MatchContract:
    """A contract that one side registers; `amount_fen=`, `quantity=` and the like say what stands in it."""
    if "file_id" not in values:
        values["file_id"] = stored(StoredFile(sha256="0" * 64, name="合同.pdf", mime="application/pdf", size_bytes=1)).id
    signed = Signed(**{"signed_on": clock.today(), "amount_fen": 100_00, **values})
    contract_id = key or uuid4()
    return in_transaction(
        lambda: contracts.register_contract(contract_id, match.id, signed, actor_id=by.id, by=by.organisation_id, now=clock.now())
    )


def confirmed(row: MatchContract, by: User) -> MatchContract:
    """The other side's word."""
    return in_transaction(lambda: contracts.confirm(row.id, actor_id=by.id, by=by.organisation_id, now=clock.now()))


def contracted(match: Match, leader: User, **values: Any) -> MatchContract:
    """A contract that the leader registers and the firm confirms."""
    return confirmed(registered(match, leader, **values), user_of(match.enterprise_id))


def a_counted_contract(match: Match) -> MatchContract:
    """A contract of a match as it was carried over: a row, and nothing else."""
    return stored(
        MatchContract(
            match_id=match.id, signed_on=clock.today(), as_of_migration=True, registered_by=match.leader_id, registered_at=clock.now(),
            confirmed_by=match.enterprise_id, confirmed_at=clock.now(),
        )
    )  # fmt: skip
