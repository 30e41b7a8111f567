"""Who is paid where a programme pays neither the provider nor the firm: a fee office (收费部门) or an operator (承办机构). Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.errors import N_, Denied, RuleViolation
from marketplace.kernel.typed import half_width
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import Payee

NAMED = frozenset({Payee.FEE_OFFICE, Payee.AGENCY})  # these a round names, with their account


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPayee:
    """What an officer says of who is to be paid."""

    uscc: str
    name: str
    bank_name: str
    bank_account: str

    @property
    def account(self) -> str:
        """The account's number in one spelling."""
        return re.sub(r"[\s-]", "", half_width(self.bank_account))


def has_named(spec: ProgrammeSpec) -> bool:
    """Whether rounds of the programme name who is paid."""
    return spec.payee.value in NAMED


def check_wanted(spec: ProgrammeSpec) -> None:
    """Raises: RuleViolation: the programme pays the provider or the firm."""
    if not has_named(spec):
        raise RuleViolation(N_("本项目的收款方是%(payee)s，不用登记收款单位。"), code="no_payee", payee=spec.payee.value.label)


def check_account(said: NamedPayee) -> None:
    """Raises: RuleViolation beside the field."""
    empty = next((name for name in ("name", "bank_name") if not getattr(said, name).strip()), None)
    if empty is not None:
        raise RuleViolation(N_("请填写单位名称、开户银行和银行账号。"), field=empty)
    if not re.fullmatch(r"\d{8,32}", said.account):
        raise RuleViolation(N_("银行账号应是 8 到 32 位数字。"), field="bank_account")


def check_same_account(said: NamedPayee, known_account: str) -> None:
    """Whose people look after its account on the platform is paid there, and nowhere else.

    Raises: RuleViolation beside the field.
    """
    if said.account != known_account:
        raise RuleViolation(
            N_("该单位已在平台登记收款账号，与所填的不同。请按其资料填写，或请该单位先更正资料。"),
            field="bank_account",
            code="other_account",
        )


def check_second(named_by: UUID, actor_id: UUID) -> None:
    """Raises: Denied: who named an account does not confirm it."""
    if named_by == actor_id:
        raise Denied(N_("不能确认自己登记的收款账号，请由另一位人员确认。"))


def check_no_own(own_id: UUID | None, payee_id: UUID) -> None:
    """Raises: Denied: nobody names or confirms the account of the own organisation."""
    if own_id == payee_id:
        raise Denied(N_("不能登记或确认本单位的收款账号，请由其他单位的人员办理。"))


def check_named(spec: ProgrammeSpec, confirmed: Collection[object]) -> None:
    """A round is announced when who is paid is known.

    Raises: RuleViolation.
    """
    if has_named(spec) and not confirmed:
        raise RuleViolation(
            N_("本项目的收款方是%(payee)s，请先登记收款单位和账号，待另一位人员确认后，再公告批次。"),
            code="no_payee",
            payee=spec.payee.value.label,
        )
