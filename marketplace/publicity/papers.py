"""A public notice as it is printed and filed (PDF/A)."""

from collections.abc import Sequence
from pathlib import Path

from flask_babel import gettext as _

from marketplace.kernel.currencies import format_money
from marketplace.kernel.locales import said
from marketplace.publicity.models import NoticeFile, NoticeRow, PublicNotice
from marketplace.web import pdf
from marketplace.web.addresses import public_url
from marketplace.web.formats import head

LAYOUT = Path(__file__).with_name("sheet.typ")


def period_of(row: PublicNotice) -> str:
    """How long a notice runs, in words."""
    day = row.last_day.isoformat()
    if row.term:
        return str(_("%(term)s，至 %(day)s（含当日）", term=said(row.term), day=day))
    return str(_("%(n)s 个工作日，至 %(day)s（含当日）", n=row.working_days, day=day))


def facts_of(row: PublicNotice) -> list[tuple[str, str]]:
    """Who publishes, until when, whom to phone."""
    hours = f"（{row.contact_hours}）" if row.contact_hours else ""
    found = [
        (_("公示编号"), row.number),
        (_("文号"), row.document_number),
        (_("发布单位"), row.issuer),
        (_("发布日期"), row.published_on.isoformat()),
        (_("公示期"), period_of(row)),
        (_("联系人"), row.contact_name),
        (_("联系电话"), row.contact_phone + hours),
        (_("监督电话"), row.oversight_phone),
    ]
    return [(label, value) for label, value in found if value]


def heads_of(lines: Sequence[NoticeRow]) -> list[dict[str, object]]:
    """The columns of a notice's table; empty where it announces one thing by itself."""
    if not lines:
        return []
    money = head(_("核准金额（元）"), lines[0].currency)
    labels = [_("序号"), _("申请编号"), _("企业"), _("服务机构"), _("事项"), money]
    return [{"label": label, "money": label == money, "wide": at in {2, 3, 4}} for at, label in enumerate(labels)]


def _cells(one: NoticeRow, number: int) -> list[str]:
    amount = format_money(one.amount_fen, one.currency)
    return [str(number), one.number, one.party, one.partner or "—", one.about, _("已终止") if one.outcome else amount]


def printed(row: PublicNotice, files: Sequence[NoticeFile], lines: Sequence[NoticeRow]) -> bytes:
    """The notice as PDF/A. Raises: RuleViolation: a character that no font of this server draws."""
    attached = [(_("附件 %(n)s", n=number), one.file.name) for number, one in enumerate(files, start=1)]
    titles = [{"language": one.value, "rtl": one.direction == "rtl", "text": text} for one, text in row.titles.items()]
    words = {"qr_says": _("核验二维码"), "page": _("第 {n} 页，共 {total} 页"), "day": row.published_on.isoformat()}
    texts = {"issuer": row.issuer, "title": row.title, "document": row.document_number, "number": row.number}
    body = [line.strip() for line in row.body.splitlines() if line.strip()]
    table = {"heads": heads_of(lines), "rows": [_cells(one, number) for number, one in enumerate(lines, start=1)]}
    laid_out = {**words, **texts, **table, "titles": titles, "body": body, "facts": [*facts_of(row), *attached]}
    return pdf.made(LAYOUT, laid_out, public_url("publicity.show", notice_id=row.id))
