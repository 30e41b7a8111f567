"""Which organisations are associated, read off the register; and what associated firms have used of caps that they share."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select

from marketplace.enterprises.models import Enterprise
from marketplace.enterprises.queries import groups_of, members_of
from marketplace.identity.models import Organisation
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.policy.programme_firms import Associates
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import Tie
from marketplace.vouchers.queries.caps import cap_standings
from marketplace.vouchers.rules import limits
from marketplace.vouchers.rules.amounts import LimitLeft
from marketplace.vouchers.rules.associates import Mark, RegisteredFacts, groups
from marketplace.vouchers.rules.limits import LimitParties

_AT_ONCE = 400  # values in one IN list
_FACTS = (Organisation.id, Organisation.uscc, Organisation.group_uscc, Organisation.legal_representative, Organisation.address)
_MORE = (Organisation.contact_phone, Organisation.bank_account)


def associates_of(organisation_ids: Collection[UUID], asked: Associates | None, today: date) -> dict[UUID, frozenset[UUID]]:
    """By organisation, those that it is associated with by these facts; nothing where nobody asks. Read in as many steps as the longest
    chain of a group has links, whatever the number of organisations."""
    if asked is None or not organisation_ids:
        return {}
    known = {one.id: one for one in _read(Organisation.id.in_(organisation_ids), asked.by, today)}
    seen, new = set[Mark](), {mark for one in known.values() for mark in one.marks(asked.by)}
    while new:
        seen |= new
        found = [one for part in _parts(sorted(new)) for one in _read(_having(part, today), asked.by, today)]
        known |= {one.id: one for one in found}
        new = {mark for one in found for mark in one.marks(asked.by)} - seen
    return groups(known.values(), asked.by)


def _parts(marks: list[Mark]) -> list[list[Mark]]:
    return [marks[start : start + _AT_ONCE] for start in range(0, len(marks), _AT_ONCE)]


def _having(marks: Collection[Mark], today: date) -> ColumnElement[bool]:
    values = {tie: [value for one, value in marks if one is tie] for tie in Tie}
    named = {one for some in members_of([UUID(key) for key in values[Tie.DECLARED]], today).values() for one in some}
    columns = {
        Tie.GROUP: (Organisation.uscc, Organisation.group_uscc),
        Tie.LEGAL_REPRESENTATIVE: (Organisation.legal_representative,),
        Tie.ADDRESS: (Organisation.address,),
        Tie.PHONE: (Organisation.contact_phone,),
        Tie.ACCOUNT: (Organisation.bank_account,),
    }
    same = [column.in_(values[tie]) for tie, some in columns.items() if values[tie] for column in some]
    return or_(*same, *([Organisation.id.in_(named)] if named else []), false())


def _read(which: ColumnElement[bool], by: Collection[Tie], today: date) -> list[RegisteredFacts]:
    wanted = select(*_FACTS, *_MORE).where(which, Organisation.is_authority.is_(False))
    found = [RegisteredFacts(*row) for row in db.session.execute(wanted)]
    declared = groups_of([one.id for one in found], today) if Tie.DECLARED in by else {}
    return [replace(one, declared=frozenset(declared[one.id])) if one.id in declared else one for one in found]


def with_associates(spec: ProgrammeSpec, enterprise_ids: Collection[UUID], today: date) -> set[UUID]:
    """Firms, and those that they share something with: whoever decides on one decides on the others after it."""
    found = associates_of(enterprise_ids, spec.beneficiaries.associated_firms, today)
    others = {other for one in enterprise_ids for other in found.get(one, ())} - set(enterprise_ids)
    return {*enterprise_ids, *(db.session.scalars(select(Enterprise.id).where(Enterprise.id.in_(others))) if others else ())}


def shared_left(spec: ProgrammeSpec, book_id: UUID, class_key: str, parties: LimitParties) -> list[LimitLeft]:
    """What is left of the firm's caps once what its associates used of theirs is taken off; nothing where each firm stands alone."""
    asked = spec.beneficiaries.associated_firms
    others = associates_of([parties.enterprise_id], asked, parties.on).get(parties.enterprise_id, frozenset())
    if not others:
        return []
    mine = limits.shared_caps(spec, class_key, parties)
    theirs = [limits.shared_caps(spec, class_key, replace(parties, enterprise_id=one)) for one in sorted(others)]
    codes = {account.code for some in (mine, *theirs) for account in some.values()}
    known, left = cap_standings(book_id, codes), list[LimitLeft]()
    for cap, account in mine.items():
        used = sum(some[cap].cap_fen - limits.cap_left(some[cap], known.get(some[cap].code)) for some in theirs)
        own = limits.cap_left(account, known.get(account.code))
        left.append(LimitLeft(replace(account, label=shared_label(account.label)), Fen(max(0, own - used))))
    return left


def shared_label(cap: Sentence) -> Sentence:
    """What a cap is called where associates count against it too."""
    return Sentence(N_("%(cap)s（与关联企业合并计算）"), {"cap": cap})
