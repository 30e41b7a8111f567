"""A public notice as it is printed and filed (PDF/A)."""

from pathlib import Path

from flask_babel import gettext as _

from marketplace.kernel.locales import said
from marketplace.publicity.models import NoticeFile, PublicNotice
from marketplace.web import pdf
from marketplace.web.addresses import public_url

LAYOUT = Path(__file__).with_name("notice.typ")


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


def printed(row: PublicNotice, files: list[NoticeFile]) -> bytes:
    """The notice as PDF/A. Raises: RuleViolation: a character that no font of this server draws."""
    attached = [(_("附件 %(n)s", n=number), one.file.name) for number, one in enumerate(files, start=1)]
    titles = [{"language": one.value, "rtl": one.direction == "rtl", "text": text} for one, text in row.titles.items()]
    words = {"qr_says": _("核验二维码"), "page": _("第 {n} 页，共 {total} 页"), "day": row.published_on.isoformat()}
    texts = {"issuer": row.issuer, "title": row.title, "document": row.document_number, "number": row.number}
    body = [line.strip() for line in row.body.splitlines() if line.strip()]
    laid_out = {**words, **texts, "titles": titles, "body": body, "heads": [], "rows": [], "facts": [*facts_of(row), *attached]}
    return pdf.made(LAYOUT, laid_out, public_url("publicity.show", notice_id=row.id))
