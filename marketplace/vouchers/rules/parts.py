"""The parts of a round's budget (配额): what they add up to, what may be moved between them, and which one is drawn on."""

from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.identity import regions
from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.money import Fen
from marketplace.kernel.sentences import Sentence
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import PartsUnused
from marketplace.vouchers import chart
from marketplace.vouchers.rules.limits import LimitAccount

COMMON = "-"  # the part of nobody and everybody (统筹): what arrived later, and what the parts did not use by their day


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftWanted:
    """What an officer wants to move from one part to another."""

    source: str
    target: str
    amount_fen: int
    reason: str


def check_amounts(spec: ProgrammeSpec, amounts: Mapping[str, int], area_code: str) -> None:
    """Each part of the rules has its amount, and one outside the round's area has none.

    Raises: RuleViolation beside the part.
    """
    for part in spec.parts:
        amount = amounts.get(part.name)
        params = {"part": part.label}
        if amount is None or amount < 0:
            raise RuleViolation(N_("请填写“%(part)s”的配额，没有的填 0。"), field=f"part_{part.name}", code="part_amount", **params)
        here = [code for code in part.regions if regions.overlap(area_code, code)]
        if part.regions and amount and not here:
            raise RuleViolation(N_("“%(part)s”不在批次的开展地区之内，配额应为 0。"), field=f"part_{part.name}", code="part_area", **params)
    if strange := sorted(set(amounts) - {part.name for part in spec.parts}):
        raise RuleViolation(N_("项目的规则没有这些配额：%(names)s。请修改批次。"), code="part_unknown", names="、".join(strange))


def check_sum(spec: ProgrammeSpec, amounts: Mapping[str, int], budget_fen: int) -> None:
    """The parts are the whole budget.

    Raises: RuleViolation that names them and what is missing or too much.
    """
    total = sum(amounts.values())
    if total != budget_fen:
        raise RuleViolation(
            N_("各项配额合计 %(total)s 元，批次资金 %(budget)s 元，相差 %(difference)s 元：%(rows)s。请修改批次的配额，使两者相等。"),
            field=f"part_{spec.parts[0].name}",
            code="parts_sum",
            total=format_money(total, spec.currency),
            budget=format_money(budget_fen, spec.currency),
            difference=format_money(abs(total - budget_fen), spec.currency),
            rows="，".join(f"{part.label} {format_money(amounts.get(part.name, 0), spec.currency)}" for part in spec.parts),
        )


def check_shift(spec: ProgrammeSpec, wanted: ShiftWanted, free_fen: Mapping[str, Fen]) -> None:
    """Money that belongs to no part may always be given to one; between parts only where the rules let an officer do it.

    Args:
        free_fen: what each part holds that is promised to nobody.

    Raises: RuleViolation beside the field.
    """
    if wanted.source not in free_fen or wanted.target not in free_fen or wanted.target == COMMON:
        raise RuleViolation(N_("请在列出的配额中选择。"), field="source", code="part_unknown")
    if wanted.source == wanted.target:
        raise RuleViolation(N_("转出和转入是同一项配额，请改选。"), field="target", code="part_same")
    if wanted.source != COMMON and spec.parts_unused and spec.parts_unused.value is not PartsUnused.OFFICER:
        raise RuleViolation(
            N_("本项目的规则是“%(rule)s”，不能由主管部门在各项之间调剂。"),
            field="source",
            code="parts_stay",
            rule=spec.parts_unused.value.label,
        )
    check_free(spec, wanted.source, wanted.amount_fen, free_fen[wanted.source])


def check_free(spec: ProgrammeSpec, name: str, amount_fen: int, free_fen: int) -> None:
    """What leaves a part was not granted to anybody.

    Raises: RuleViolation beside the amount.
    """
    if not 0 < amount_fen <= free_fen:
        raise RuleViolation(
            N_("“%(part)s”已发放和占用之外只剩 %(free)s 元，请核对金额。"),
            field="amount",
            code="part_short",
            part=spec.part_label(name),
            free=format_money(free_fen, spec.currency),
        )


def drawn_on(part: str, *, is_pooled: bool) -> str:
    """The part that something new draws on: once the parts are pooled, what is there for all."""
    return COMMON if part and is_pooled else part


def limit_of_part(spec: ProgrammeSpec, round_id: object, name: str, category: str, *, is_pooled: bool) -> LimitAccount | None:
    """The part that an order on a quota draws on, as a limit of the order; None where the budget is not divided.

    Args:
        name: the part of the voucher; empty where it has none of its own.
    """
    if not spec.parts:
        return None
    if not name:
        part = spec.part_of_category(category)
        name = COMMON if is_pooled or part is None else part.name
    label = Sentence(N_("“%(part)s”配额剩余资金"), {"part": spec.part_label(name)})
    return LimitAccount(chart.PART.of(round_id, name), Fen(0), label, spec.parts_unused.provenance if spec.parts_unused else None)
