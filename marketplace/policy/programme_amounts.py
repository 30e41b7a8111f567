"""What a programme may say of a firm's amounts beyond one sum: so much for each kind of service, what may be moved, its own share."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from marketplace.kernel.errors import N_
from marketplace.kernel.money import Fen, percent, share_floor
from marketplace.kernel.policyfiles.groups import NamedTables
from marketplace.kernel.policyfiles.kinds import Choice, Whole, amount, rate
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.kernel.policyfiles.provenance import Decision
from marketplace.kernel.policyfiles.reading import decision, key
from marketplace.policy.programme_decisions import names
from marketplace.policy.programme_words import Format, PortionMove, PortionMover

_SECOND = Format.PROGRAMME_2


@dataclass(frozen=True, kw_only=True)
class Portion(Decision):
    """The most of a firm's quota that is for services of some categories (分类额度)."""

    amount_fen: Fen = key(amount(N_("分类额度")))
    categories: tuple[str, ...] = key(names(N_("服务类别"), "categories"))
    classes: tuple[str, ...] = key(names(N_("适用的企业类别"), "classes", required=False))  # empty: every class

    @property
    def name(self) -> str:
        """As vouchers keep it."""
        return self.key.rpartition(".")[2]


_SHARE = replace(rate(N_("调出比例"), required=False), show=lambda rate_bp: f"调出合计不超过原额度的 {percent(rate_bp)}")


@dataclass(frozen=True, kw_only=True)
class PortionMoves(Decision):
    """Whether amounts may be moved from one kind of service to another, by whom, and how much."""

    rule: PortionMove = key(Choice(N_("分类额度之间的调整"), PortionMove))
    by: PortionMover | None = key(Choice(N_("由谁调整"), PortionMover, required=False))
    share_bp: int | None = key(_SHARE)  # of what was granted, over the voucher's life

    @staticmethod
    def inconsistency(content: Mapping[str, Any]) -> Complaint | None:
        """Who moves is said where something may be moved, and how much where not all."""
        rule = content.get("rule")
        if (rule == PortionMove.NONE) == ("by" in content):
            return Complaint(N_("分类额度由谁调整，与调整办法不配套。"), N_('允许调整时写 by = "firm" 或 "officer"，不允许时删去。'))
        if (rule == PortionMove.SHARE) != ("share_bp" in content):
            return Complaint(N_("调出比例与调整办法不配套。"), N_("rule 为 share 时写 share_bp，否则删去。"))
        return None


_IN_KIND = replace(rate(N_("可以实物或人工投入的部分"), required=False), show=lambda bp: f"其中最多 {percent(bp)} 可以实物或人工投入")


@dataclass(frozen=True, kw_only=True)
class OwnShare(Decision):
    """What a firm bears itself at least: a share, an amount, or the higher of both; and how much of that share may be in kind."""

    rate_bp: int | None = key(rate(N_("企业自付比例"), required=False))
    amount_fen: Fen | None = key(amount(N_("企业自付金额"), required=False))
    in_kind_bp: int | None = key(_IN_KIND, since=_SECOND)  # of the share; None: in money alone

    @staticmethod
    def inconsistency(content: Mapping[str, Any]) -> Complaint | None:
        """One of both is said."""
        if content.get("rate_bp") is None and content.get("amount_fen") is None:
            return Complaint(N_("没有写明企业至少自付多少。"), N_("请写 rate_bp（比例）或 amount_fen（金额）。"))
        if content.get("in_kind_bp") is not None and content.get("rate_bp") is None:
            return Complaint(N_("实物或人工投入是自付比例的一部分，没有写明自付比例。"), N_("请补上 rate_bp，或删去 in_kind_bp。"))
        return None

    def in_kind_most(self, price_fen: Fen) -> Fen:
        """The most in kind that counts beside a price in money; part of a fen is dropped.

        What is in kind is a part of the share of the whole, price and kind together: k ≤ part · share · (price + k).
        """
        if self.rate_bp is None or self.in_kind_bp is None:
            return Fen(0)
        part = self.rate_bp * self.in_kind_bp
        return Fen(price_fen * part // (10_000**2 - part))

    def leaves(self, base_fen: Fen) -> Fen:
        """The most that may be subsidised of a base; part of a fen falls to the firm."""
        by_share = base_fen if self.rate_bp is None else share_floor(base_fen, 10_000 - self.rate_bp)
        return Fen(max(0, min(by_share, base_fen - (self.amount_fen or 0))))


_FIRMS = Whole(N_("最多家数"), 2, 9, show=lambda count: f"最多 {count} 家企业")


@dataclass(frozen=True, kw_only=True)
class Pooling(Decision):
    """Several firms may buy one service together, each with its own voucher for its part of the price (联合用券)."""

    most: int = key(_FIRMS)
    least: int | None = key(  # None: two
        replace(_FIRMS, label=N_("最少家数"), required=False, show=lambda count: f"最少 {count} 家")
    )

    @staticmethod
    def inconsistency(content: Mapping[str, Any]) -> Complaint | None:
        """There is room between the least and the most."""
        least, most = content.get("least"), content.get("most")
        if isinstance(least, int) and isinstance(most, int) and least > most:
            return Complaint(N_("最少家数多于最多家数。"), N_("请核对 least 和 most。"))
        return None


@dataclass(frozen=True, kw_only=True)
class OfAmounts:
    """The tables of a programme that say it."""

    portions: tuple[Portion, ...] = key(NamedTables(decision(N_("分类额度"), Portion, main="amount_fen", required=False)), since=_SECOND)
    portion_moves: PortionMoves | None = key(decision(N_("分类额度的调整"), PortionMoves, main="rule", required=False), since=_SECOND)

    pooling: Pooling | None = key(decision(N_("多家企业联合用券"), Pooling, main="most", required=False), since=_SECOND)

    def portions_of(self, firm_class: str) -> tuple[Portion, ...]:
        """What a firm of a class is granted by kind of service, in the order of their names."""
        return tuple(one for one in self.portions if not one.classes or firm_class in one.classes)

    def portion_for(self, firm_class: str, category: str) -> Portion | None:
        """Which of them a service counts against. Validation made sure that there is one where there are any."""
        return next((one for one in self.portions_of(firm_class) if category in one.categories), None)
