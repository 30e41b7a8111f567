"""What money of a round may never pay for: the negative list of the place, and what its documents keep away from. Said before somebody
orders or plans, not when the claim comes."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.kernel.sentences import Sentence
from marketplace.vouchers.fund_settings import BarredUse, fund_rules
from marketplace.vouchers.models import Appropriation, Round
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.funds import BARRED


@dataclass(frozen=True, slots=True)
class RoundSource:
    """Money of a round, and for what kinds of service it is there: those alone, or all but those."""

    source: str
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    def pays(self, category: str) -> bool:
        """Whether it may pay for a kind of service."""
        return category not in self.never and (not self.only or category in self.only)


def negative_labels(area_code: str) -> list[str]:
    """What the negative list of a place names."""
    return [one.label for one in fund_rules(area_code).negative_list]


def why_unpaid(row: Round, category: str, name: str) -> Sentence | None:
    """Why no money of a round may pay for a service; None: some may, for all that is known of its kind and its name."""
    met = [one for one in fund_rules(row.area_code).negative_list if one.meets(category, name)]
    return unpaid(_sources(row), met, category)


def unpaid(sources: Sequence[RoundSource], met: Sequence[BarredUse], category: str) -> Sentence | None:
    """The same of what is known: pure."""
    barring = [next((entry for entry in met if entry.holds_for(one.source)), None) for one in sources]
    if any(entry is None and one.pays(category) for one, entry in zip(sources, barring, strict=True)):
        return None
    if found := next((one for one in barring if one is not None), None):
        return N_("属于负面清单“%(entry)s”，本批次的资金不能支付。", entry=found.label)
    return Sentence(N_("本批次的资金文件都不能用于这类服务。")) if sources else None


def _sources(row: Round) -> list[RoundSource]:
    """By the documents that have come; before the first one, by the sources that the programme names."""
    papers = db.session.execute(select(Appropriation.source, Appropriation.bound_to).where(Appropriation.round_id == row.id)).all()
    found = [RoundSource(source, tuple(said.get("categories", ())), tuple(said.get(BARRED, ()))) for source, said in papers]
    if found or row.version_id is None:
        return found
    return [RoundSource(one.value) for one in spec_of(row.version_id).appropriations.value]
