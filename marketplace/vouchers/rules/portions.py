"""A quota by kinds of service (分类额度): what a firm may ask for of each, and what may be moved between them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Fen, percent, share_floor
from marketplace.kernel.typed import checked_reason
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import PortionMove, PortionMover
from marketplace.policy.service_categories import category_names

Asked = tuple[tuple[str, Fen], ...]  # name of a part and an amount, in the order of the names


@dataclass(frozen=True, slots=True)
class Shift:
    """What is to be moved from one part of a voucher to another."""

    source: str
    target: str
    amount_fen: Fen
    reason: str


@dataclass(frozen=True, slots=True)
class PortionStanding:
    """Where one part of a voucher is."""

    name: str
    categories: tuple[str, ...]
    granted_fen: int  # with what was moved
    left_fen: int
    first_fen: int  # as it was granted, before anything was moved
    moved_out_fen: int

    @property
    def label(self) -> str:
        """The services that it is for."""
        names = category_names()
        return "、".join(names.get(code, code) for code in self.categories)

    @property
    def used_fen(self) -> int:
        """What orders hold or have used, or went back with the voucher."""
        return self.granted_fen - self.left_fen


def check_asked(spec: ProgrammeSpec, firm_class: str, asked: Asked, whole_fen: Fen) -> None:
    """A firm says how much it asks for of each part, within what its class may have; the parts are the whole.

    Raises: RuleViolation beside the field.
    """
    parts = {one.name: one for one in spec.portions_of(firm_class)}
    for name, amount in asked:
        if name not in parts or not 0 <= amount <= parts[name].amount_fen:
            most = parts[name].amount_fen if name in parts else 0
            raise RuleViolation(
                N_("这一类的申领金额不能小于 0，也不能超过 %(most)s 元。"),
                field=f"portion_{name}",
                code="portion",
                most=format_money(most, spec.currency),
            )
    if parts and asked and whole(asked) != whole_fen:
        raise RuleViolation(N_("各类申领金额合计应等于申领总额。"), code="portion_sum")


def whole(asked: Asked) -> Fen:
    """What is asked for together."""
    return Fen(sum(amount for _name, amount in asked))


def split(spec: ProgrammeSpec, firm_class: str, whole_fen: Fen, asked: Asked = ()) -> dict[str, int]:
    """What is granted of each part: what was asked for, or all; where less is granted than that, the first parts come first."""
    wanted = asked or tuple((one.name, one.amount_fen) for one in spec.portions_of(firm_class))
    found, left = dict[str, int](), int(whole_fen)
    for name, amount in wanted:
        found[name] = min(amount, left)
        left -= found[name]
    return found


def check_shift(spec: ProgrammeSpec, shift: Shift, parts: Mapping[str, PortionStanding], *, by: PortionMover) -> None:
    """What is moved is there, and the programme lets this side move so much.

    Raises: RuleViolation beside the field.
    """
    rule = spec.portion_moves
    if rule is None or rule.rule is PortionMove.NONE:
        raise RuleViolation(N_("本项目的各类额度不能互相调整。"), code="portions_fixed")
    if rule.by is not by:
        other = PortionMover.FIRM if by is PortionMover.OFFICER else PortionMover.OFFICER
        raise RuleViolation(N_("本项目的各类额度%(who)s，请与其联系。"), code="portions_other_side", who=other.label)
    if shift.source == shift.target or not {shift.source, shift.target} <= set(parts):
        raise RuleViolation(N_("请选择调出和调入的两个不同类别。"), field="target", code="portion")
    _check_amount(spec, parts[shift.source], shift.amount_fen, share_bp=rule.share_bp)
    checked_reason(shift.reason, N_("请写明调整的原因。"), field="reason")


def _check_amount(spec: ProgrammeSpec, one: PortionStanding, amount_fen: int, *, share_bp: int | None) -> None:
    left = format_money(one.left_fen, spec.currency)
    if not 0 < amount_fen <= one.left_fen:
        raise RuleViolation(N_("这一类的余额为 %(left)s 元，请核对调出金额。"), field="amount", code="portion_short", left=left)
    if share_bp is None:
        return
    most = max(0, share_floor(Fen(one.first_fen), share_bp) - one.moved_out_fen)
    if amount_fen > most:
        raise RuleViolation(
            N_("这一类最多还能调出 %(most)s 元（余额 %(left)s 元；调出合计不超过原额度的 %(share)s）。请改小金额。"),
            field="amount",
            code="portion_short",
            most=format_money(min(most, one.left_fen), spec.currency),
            left=left,
            share=percent(share_bp),
        )
