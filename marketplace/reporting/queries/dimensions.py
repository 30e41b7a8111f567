"""The ways to look at spending: by what it is grouped, and how a line of each is called."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from marketplace.enterprises.rules import FirmSize
from marketplace.identity import regions
from marketplace.identity.models import Organisation
from marketplace.kernel.db import db
from marketplace.kernel.errors import N_
from marketplace.policy.service_categories import category_names
from marketplace.reporting.queries import Span, Spent, kept, moving
from marketplace.reporting.queries.moving import NO_PROVIDER, NO_SOURCE
from marketplace.subsidies.models import AWARD
from marketplace.vouchers.models import Programme
from marketplace.vouchers.queries.programmes import known_programmes
from marketplace.vouchers.trail import SOURCES

_Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Dimension:
    """What spending is grouped by."""

    title: str
    name: str  # what a line of it is
    column: str
    labels: Callable[[Collection[str], Span], _Labels]  # of some keys
    in_order: bool = False  # by what its lines are called, not by how much they come to

    def spent(self, span: Span) -> list[Spent]:
        """A span by it, with what its lines are called."""
        found = kept(span, self.column)
        labels = self.labels([one.key for one in found], span)
        rows = [Spent(one.key, labels.get(one.key, one.key), one.redeemed_fen, one.cut_fen, one.paid_fen, one.orders) for one in found]
        return sorted(rows, key=lambda row: (0 if self.in_order else -row.redeemed_fen, row.label))


def _regions(keys: Collection[str], _span: Span) -> _Labels:
    return {key: regions.region(key).full_name for key in keys if regions.exists(key)}


def _months(keys: Collection[str], _span: Span) -> _Labels:
    return {key: "{:0>4}-{:0>2}".format(*key.split(":")) for key in keys}


def _classes(keys: Collection[str], span: Span) -> _Labels:
    """As each programme calls its own."""
    known, found = {str(one.programme.id): one for one in known_programmes()}, {}
    for key in keys:
        programme_id, name = key.split(":", maxsplit=1)
        called = known[programme_id].spec.called.get(name, name)
        found[key] = called if span.programme_id else f"{known[programme_id].programme.name} · {called}"
    return found


def _categories(_keys: Collection[str], _span: Span) -> _Labels:
    return {**category_names(), AWARD: N_("奖励（不对应服务类别）")}


def _providers(keys: Collection[str], _span: Span) -> _Labels:
    names = select(Organisation.id, Organisation.name).where(Organisation.id.in_(UUID(key) for key in keys))
    known = {str(key): name for key, name in db.session.execute(names)}
    return known | {str(NO_PROVIDER): N_("奖励和补助（没有服务机构）")}


def _programmes(keys: Collection[str], _span: Span) -> _Labels:
    names = select(Programme.id, Programme.name).where(Programme.id.in_(UUID(key) for key in keys))
    return {str(key): name for key, name in db.session.execute(names)}


def _sizes(_keys: Collection[str], _span: Span) -> _Labels:
    return FirmSize.labels()


def _sources(_keys: Collection[str], _span: Span) -> _Labels:
    return {**SOURCES, NO_SOURCE: N_("尚未付款或未分来源")}


DIMENSIONS = {
    "month": Dimension(N_("按月份"), N_("月份"), moving.MONTH, _months, in_order=True),
    "region": Dimension(N_("按地区"), N_("地区"), "region_code", _regions),
    "class": Dimension(N_("按企业类别"), N_("企业类别"), moving.CLASS, _classes),
    "size": Dimension(N_("按企业规模"), N_("企业规模"), moving.SIZE, _sizes),
    "category": Dimension(N_("按服务类别"), N_("服务类别"), "category", _categories),
    "provider": Dimension(N_("按服务机构"), N_("服务机构"), "provider_id", _providers),
    "programme": Dimension(N_("按政策项目"), N_("政策项目"), "programme_id", _programmes),
    "source": Dimension(N_("按资金来源"), N_("资金来源"), moving.SOURCE, _sources),
}
