"""A round names who is paid, with the account; a second person confirms it before money may go there."""

from dataclasses import fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.catalogue.models import Provider
from marketplace.enterprises.models import Enterprise
from marketplace.identity import queries as identity
from marketplace.identity import service as organisations
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation, OrganisationFacts
from marketplace.identity.uscc import check_uscc
from marketplace.kernel.db import by_id, db, locked
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import Payee
from marketplace.vouchers.models import Round
from marketplace.vouchers.payee_models import RoundPayee
from marketplace.vouchers.queries import payees as reads
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules import payees as rules
from marketplace.vouchers.rules.payees import NamedPayee
from marketplace.vouchers.rules.states import RoundState
from marketplace.vouchers.service.programmes import newest_version


def name_payee(round_id: UUID, said: NamedPayee, *, actor_id: UUID, now: datetime) -> RoundPayee:
    """Name who is paid, or correct the account; it waits for a second person.

    Raises: RuleViolation: the programme names nobody, the round is over, the account is none or not the one that the organisation has, or
        another operator was confirmed; Denied: one's own organisation.
    """
    round_ = locked(Round, round_id)
    spec = _rules_of(round_)
    rules.check_wanted(spec)
    if round_.state is RoundState.FINISHED:
        raise RuleViolation(N_("本批次已结项，不能再登记收款单位。"), code="round_state")
    rules.check_account(said)
    found = _organisation(said, round_, spec, actor_id)
    rules.check_no_own(identity.organisation_id_of(actor_id), found.id)
    if _has_profile(found):
        rules.check_same_account(said, found.bank_account)
    row = _row(round_, found, spec)
    row.organisation_id, row.bank_name, row.bank_account = found.id, said.bank_name.strip(), said.account
    row.named_by, row.named_at, row.confirmed_by, row.confirmed_at = actor_id, now, None, None
    db.session.add(row)
    db.session.flush()
    _noted("round.payee_named", row, round_, actor_id)
    return row


def _rules_of(round_: Round) -> ProgrammeSpec:
    """Those of the round; of a draft the newest, under which it will be announced."""
    version = newest_version(round_.programme_id) if round_.state is RoundState.DRAFT else None
    return spec_of(version.id if version else round_.version_id)


def _organisation(said: NamedPayee, round_: Round, spec: ProgrammeSpec, actor_id: UUID) -> Organisation:
    """The one of this credit code; a new one where nobody knows it."""
    uscc = check_uscc(said.uscc)
    known = db.session.scalars(select(Organisation).where(Organisation.uscc == uscc)).one_or_none()
    if known is None:
        facts = OrganisationFacts(uscc=uscc, name=said.name.strip(), region_code=round_.area_code)
        is_office = spec.payee.value is Payee.FEE_OFFICE
        return organisations.register_organisation(facts, actor_id=actor_id, is_authority=is_office, state=OrganisationState.VERIFIED)
    if known.name != said.name.strip():
        raise RuleViolation(N_("这个信用代码登记的单位是“%(name)s”，请核对。"), field="name", code="other_name", name=known.name)
    if known.state is not OrganisationState.VERIFIED:
        raise RuleViolation(N_("“%(name)s”的资料尚未核实，核实后才能登记为收款单位。"), field="uscc", code="unverified", name=known.name)
    return known


def _has_profile(organisation: Organisation) -> bool:
    """Whether it looks after its own account, as a firm or a provider."""
    return any(db.session.get(kind, organisation.id) is not None for kind in (Enterprise, Provider))


def _row(round_: Round, found: Organisation, spec: ProgrammeSpec) -> RoundPayee:
    """The row that is written: that of the organisation; a round has one operator."""
    mine = db.session.scalars(reads.of_round(round_.id)).all()
    if spec.payee.value is not Payee.AGENCY:
        return next((one for one in mine if one.organisation_id == found.id), RoundPayee(round_id=round_.id))
    other = next((one for one in mine if one.organisation_id != found.id and one.confirmed_by), None)
    if other is not None:
        raise RuleViolation(
            N_("本批次已确认由“%(name)s”收款，一个批次只有一家承办机构。"), field="uscc", code="one_agency", name=other.name
        )
    return next((one for one in mine if one.organisation_id == found.id), next(iter(mine), RoundPayee(round_id=round_.id)))


def confirm_payee(payee_id: UUID, *, seen_account: str, actor_id: UUID, now: datetime) -> RoundPayee:
    """A second person confirms who is paid and the account: from now on money may go there.

    Args:
        seen_account: what the page showed; another one since then is not confirmed.

    Raises: RuleViolation: the account changed meanwhile; Denied: who named it, or one's own organisation.
    """
    round_ = locked(Round, by_id(RoundPayee, payee_id).round_id)
    row = locked(RoundPayee, payee_id)
    if row.confirmed_by is not None:
        return row
    rules.check_second(row.named_by, actor_id)
    rules.check_no_own(identity.organisation_id_of(actor_id), row.organisation_id)
    if row.bank_account != seen_account:
        raise RuleViolation(N_("收款账号又有变更，请按最新的账号核对后再确认。"), code="account_changed")
    _give_account(row, actor_id, now)
    row.confirmed_by, row.confirmed_at = actor_id, now
    _noted("round.payee_confirmed", row, round_, actor_id)
    return row


def _give_account(row: RoundPayee, actor_id: UUID, now: datetime) -> None:
    """The organisation has the account that was confirmed. What was approved for another one waits, as ever."""
    known = locked(Organisation, row.organisation_id)
    if (known.bank_name, known.bank_account) == (row.bank_name, row.bank_account):
        return
    facts = {one.name: getattr(known, one.name) for one in fields(OrganisationFacts)}
    said = OrganisationFacts(**facts | {"bank_name": row.bank_name, "bank_account": row.bank_account})
    organisations.change_organisation(known.id, said, seen_version=known.version, actor_id=actor_id, now=now, by_authority=True)


def _noted(event: str, row: RoundPayee, round_: Round, actor_id: UUID) -> None:
    audit.record(
        event,
        actor_id=actor_id,
        subject_type="round",
        subject_id=round_.id,
        book_id=round_.book_id,
        number=round_.number,
        payee=row.organisation_id,
        bank_name=row.bank_name,
        bank_account=row.bank_account,
    )
