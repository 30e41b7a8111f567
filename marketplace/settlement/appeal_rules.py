"""Who was refused, or got less than was asked for, may ask once for a second look. Pure."""

from uuid import UUID

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_, Denied, RuleViolation
from marketplace.kernel.money import CNY


def check_may_appeal(*, is_cut: bool, has_term: bool, is_over: bool, has_appealed: bool, last_day: str) -> None:
    """Once, in time, against a refusal or a cut.

    Args:
        has_term: days were kept when it was decided.

    Raises: RuleViolation that says why not.
    """
    if has_appealed:
        raise RuleViolation(N_("本次申请已经申诉过，每次申请只能申诉一次。"), code="appealed")
    if not is_cut:
        raise RuleViolation(N_("申请已全额核准，没有可以申诉的内容。"), code="not_cut")
    if not has_term or is_over:
        raise RuleViolation(N_("申诉期已于 %(day)s 截止。"), code="too_late", day=last_day)


def check_answers(actor_id: UUID, decided_by: UUID | None) -> None:
    """Raises: Denied: the same person decided."""
    if decided_by == actor_id:
        raise Denied(N_("这件申请由您审核，申诉须由另一位人员答复。"), code="four_eyes")


def check_upheld(approved_fen: int, before_fen: int, most_fen: int, currency: str = CNY) -> None:
    """An appeal that is right brings more than before, and never more than was asked for or the papers deserve.

    Raises: RuleViolation beside the field.
    """
    if before_fen >= most_fen:
        raise RuleViolation(
            N_("按材料重算应得 %(most)s 元，没有可以增加的金额，请答复申诉不成立。"),
            field="approved",
            code="above_deserved",
            most=format_money(most_fen, currency),
        )
    if not before_fen < approved_fen <= most_fen:
        raise RuleViolation(
            N_("申诉成立的，核准金额须高于原来的 %(before)s 元，且不超过 %(most)s 元。"),
            field="approved",
            code="approved",
            before=format_money(before_fen, currency),
            most=format_money(most_fen, currency),
        )
