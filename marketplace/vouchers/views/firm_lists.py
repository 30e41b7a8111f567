"""Officers: the lists that a programme's conditions name (名录)."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from marketplace.exports.offers import ExportedList, offer, rows_of
from marketplace.kernel import clock
from marketplace.kernel.errors import N_
from marketplace.kernel.sheets import CellKind, Column
from marketplace.vouchers.importers import FIRM_LIST, OFF, ON, STANDINGS
from marketplace.vouchers.models import ListedFirm
from marketplace.vouchers.queries import firm_lists as reads
from marketplace.vouchers.queries import kept_lists, programmes
from marketplace.vouchers.views.common import bp, may_manage
from marketplace.web import importing
from marketplace.web.access import requires
from marketplace.web.forms import required
from marketplace.web.paging import paged
from marketplace.web.query_string import asked_text
from marketplace.web.select_fields import SelectField

EXPORT = (
    Column("uscc", N_("统一社会信用代码"), CellKind.USCC),
    Column("name", N_("企业名称")),
    Column("standing", N_("列入或移出")),
    Column("note", N_("依据"), width=40),
    Column("changed_on", N_("更新日期"), CellKind.DATE),
)


class ListUploadForm(importing.UploadForm):
    """The book, and the list it belongs to."""

    chosen = SelectField(_l("名录"), validators=[required()])


def _upload_form() -> ListUploadForm:
    form = ListUploadForm()
    mine = [one for one in programmes.known_programmes() if may_manage("programmes.manage", one.programme)]
    lists = kept_lists.kept([one.programme.id for one in mine])
    form.chosen.choices = [
        (f"{one.programme.id}:{each.name}", f"{one.spec.name} · {each.label}") for one in mine for each in lists[one.programme.id]
    ]
    return form


importing.add_pages(bp, importing.Pages(FIRM_LIST, permission="programmes.manage", back="vouchers.programmes", form=_upload_form))


@bp.get("/office/programmes/<uuid:programme_id>/lists/<name>")
@requires("programmes.see")
def firm_list(programme_id: UUID, name: str) -> ResponseReturnValue:
    known = programmes.facts_of(programme_id)
    one = kept_lists.named(programme_id, name)
    page = paged(reads.firms_on(programme_id, one.name, asked_text("q")))
    shown = {"known": known, "one": one, "page": page, "standings": (STANDINGS[OFF], STANDINGS[ON])}
    may_import = current_user.can("programmes.manage") and may_manage("programmes.manage", known.programme)
    return render_template("vouchers/firm_list.html", **shown, may_import=may_import)


@offer(bp, "/office/programmes/<uuid:programme_id>/lists/<name>.xlsx", permission="programmes.see")
def export_firm_list(programme_id: UUID, name: str) -> ExportedList:
    one, text = kept_lists.named(programme_id, name), asked_text("q")
    title = _("%(list)s %(day)s", list=one.label, day=clock.today().isoformat())
    return ExportedList(one.label, EXPORT, rows_of(reads.firms_on(programme_id, name, text), _lines), title, text)


def _lines(piece: Sequence[ListedFirm]) -> Iterator[tuple[object, ...]]:
    for row in piece:
        label = STANDINGS[ON] if row.is_on else STANDINGS[OFF]
        yield (row.uscc, row.name, _(label), row.note, clock.civil_date(row.updated_at))
