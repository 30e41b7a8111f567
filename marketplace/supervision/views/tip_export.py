"""What became of tips, for who audits: never who sent one, nor their words, by which they might be known."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from flask_babel import gettext as _
from flask_login import current_user

from marketplace.exports.offers import ExportedList, offer, rows_of
from marketplace.identity import queries as identity
from marketplace.identity import regions
from marketplace.kernel import clock
from marketplace.kernel.errors import N_
from marketplace.kernel.sheets import CellKind, Column
from marketplace.supervision.queries import tips as reads
from marketplace.supervision.tip_models import Tip
from marketplace.supervision.views.blueprint import bp

COLUMNS = (
    Column("number", N_("编号")),
    Column("region", N_("地区")),
    Column("about", N_("举报谁"), width=30),
    Column("received_at", N_("收到时间"), CellKind.DATE),
    Column("state", N_("状态")),
    Column("handler", N_("承办人")),
    Column("taken_at", N_("受理时间"), CellKind.DATE),
    Column("case", N_("监督案件")),
    Column("answer", N_("答复"), width=40),
    Column("closed_at", N_("办结时间"), CellKind.DATE),
    Column("reward", N_("奖励金额"), CellKind.YUAN),
    Column("rewarded_at", N_("奖励确认时间"), CellKind.DATE),
)


@offer(bp, "/tips/export", permission="tips.export", areas=lambda who: who.areas_read("tips.export"))
def export_tips() -> ExportedList:
    wanted = reads.tips(current_user.areas_read("tips.export"), current_user.id)
    name = _("举报线索 %(day)s", day=clock.today().isoformat())
    return ExportedList(_("举报线索"), COLUMNS, rows_of(wanted, _rows), name, _("不含举报人和举报内容"))


def _rows(tips: Sequence[Tip]) -> Iterator[tuple[object, ...]]:
    names = identity.names_of(one.handled_by for one in tips)
    cases = reads.case_numbers(one.case_id for one in tips)
    for one in tips:
        who = names.get(one.handled_by, "") if one.handled_by else ""
        case = cases.get(one.case_id, "") if one.case_id else ""
        head = (one.number, regions.full_name(one.region_code), one.about, _day(one.received_at), _(one.state.label))
        yield (*head, who, _day(one.taken_at), case, one.answer, _day(one.closed_at), one.reward_fen, _day(one.rewarded_at))


def _day(moment: datetime | None) -> date | None:
    return clock.civil_date(moment) if moment else None
