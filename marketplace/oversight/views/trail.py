"""The trail: who did what to which row, when."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.audit.models import AuditEvent
from marketplace.audit.queries import details_of
from marketplace.audit.words import values
from marketplace.exports.offers import ExportedList, offer, rows_of
from marketplace.identity.queries import names_of
from marketplace.kernel import clock
from marketplace.kernel.money import CNY
from marketplace.kernel.sheets import CellKind, Column
from marketplace.oversight import queries
from marketplace.oversight.queries import TrailFilter, names
from marketplace.oversight.views import bp
from marketplace.oversight.words import ACTION_NOUNS, DEEDS, DETAILS, NOUNS, PAST
from marketplace.web.access import requires
from marketplace.web.formats import amount
from marketplace.web.paging import paged


def action_words(action: str) -> str:
    """An action in words: "订单 · 下单"."""
    noun, dot, deed = action.partition(".")
    return f"{_(NOUNS.get(noun, noun))} · {_(PAST.get(action) or DEEDS.get(deed, deed))}" if dot else action


def detail_words(event: AuditEvent) -> list[tuple[str, str]]:
    """The details of an event, as (what, value); amounts in yuan, unless they say another currency."""
    shown, known, details = [], values(event.action.partition(".")[0]), details_of(event)
    for key, value in details.items():
        if value is None or value == "":
            continue
        is_money = key.endswith("_fen") and isinstance(value, int)
        text = amount(value, details.get("currency", CNY)) if is_money else _plain(value, key, known)
        shown.append((_(DETAILS[key]) if key in DETAILS else key, text))
    return shown


def _plain(value: Any, key: str, known: Mapping[str, Mapping[str, str]]) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        return "、".join(_plain(one, key, known) for one in value)
    if isinstance(value, dict):
        return "；".join(f"{_(DETAILS.get(name, name))}={_plain(one, name, known)}" for name, one in value.items())
    return str(_(known[key][value])) if value in known.get(key, {}) else str(value)


@bp.get("/trail")
@requires("trail.see")
def trail() -> ResponseReturnValue:
    chosen = TrailFilter.of(request.args)
    page = paged(queries.trail(chosen), per_page=50)
    return render_template(
        "oversight/trail.html", page=page, chosen=chosen, actors=names_of(event.actor_id for event in page.items),
        subjects=names.subjects((event.subject_type, event.subject_id) for event in page.items), nouns=NOUNS,
        simulated=names.simulated((event.subject_type, event.subject_id) for event in page.items), action_words=action_words,
        detail_words=detail_words, action_choices=[(noun, _(NOUNS[noun])) for noun in ACTION_NOUNS],
    )  # fmt: skip


@offer(bp, "/trail.xlsx", permission="trail.see")
def trail_export() -> ExportedList:
    columns = (
        Column("at", _("时间"), kind=CellKind.TEXT, width=20),
        Column("who", _("操作人"), width=36),
        Column("what", _("操作"), width=24),
        Column("subject", _("对象"), width=36),
        Column("details", _("内容"), width=80),
        Column("id", _("留痕编号"), width=40),
    )
    title, chosen = _("操作留痕"), TrailFilter.of(request.args)
    return ExportedList(
        title, columns, rows_of(queries.trail(chosen), _rows), f"{title}_{clock.today().isoformat()}", _filter_words(chosen)
    )


def _rows(events: Sequence[AuditEvent]) -> Iterator[tuple[object, ...]]:
    """Events with their words; names are asked for together."""
    actors = names_of(event.actor_id for event in events)
    subjects = names.subjects((event.subject_type, event.subject_id) for event in events)
    for event in events:
        details = "；".join(f"{what}：{value}" for what, value in detail_words(event))
        who = actors.get(event.actor_id, str(event.actor_id)) if event.actor_id else _("系统")
        subject = f"{_(NOUNS.get(event.subject_type, event.subject_type))} {subjects.get(event.subject_id, '') if event.subject_id else ''}"
        at = event.at.astimezone(clock.CST).strftime("%Y-%m-%d %H:%M:%S")
        yield at, who, action_words(event.action), subject.strip(), details, str(event.id)


def _filter_words(chosen: TrailFilter) -> str:
    told = [
        _("从 %(day)s", day=chosen.first.isoformat()) if chosen.first else "",
        _("到 %(day)s", day=chosen.last.isoformat()) if chosen.last else "",
        _("操作人含“%(text)s”", text=chosen.actor) if chosen.actor else "",
        _("对象：%(noun)s", noun=_(NOUNS.get(chosen.noun, chosen.noun))) if chosen.noun else "",
        _("内容含“%(text)s”", text=chosen.text) if chosen.text else "",
        _("编号 %(subject)s", subject=str(chosen.subject)) if chosen.subject else "",
    ]
    return "；".join(text for text in told if text)
