"""The file of a yuan to take away: a ZIP of what its page shows, the papers, the receipt with its proofs, and a manifest of hashes."""

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO
from uuid import UUID

from flask_babel import gettext as _
from flask_login import current_user

from marketplace.exports.offers import ExportedArchive, offer
from marketplace.identity.queries import names_of
from marketplace.identity.sign_in import SignedIn
from marketplace.kernel import clock
from marketplace.kernel.currencies import format_money
from marketplace.ledger import receipts
from marketplace.ledger.queries import TransferRow
from marketplace.oversight import queries
from marketplace.oversight.queries import names, trace
from marketplace.oversight.queries.trace import Trace
from marketplace.oversight.queries.trace_papers import TracedPaper, papers_of
from marketplace.oversight.views import bp
from marketplace.oversight.views.scope import areas
from marketplace.oversight.words import VERBS
from marketplace.settlement.queries.voucher_story import entries_about, own_accounts
from marketplace.web import uploads
from marketplace.web.formats import moment

MOST_BYTES = 300 * 1024 * 1024  # of papers in a file that is answered at once: the worker writes a bigger one
_FORMULA = re.compile(r"[=+@\t\r]|-(?![0-9])")  # what Excel would reckon with; a negative amount is none
_FOUND: dict[str, Callable[[UUID, queries.Areas], Trace]] = {
    "voucher": trace.of_voucher,
    "order": trace.of_order,
    "claim": trace.of_claim,
    "payment": trace.of_payment,
}


def _papers_read(who: SignedIn) -> tuple[str, ...]:
    """Where somebody may open the papers of firms: a file that holds some is read by nobody who may not."""
    return who.areas_for("orders.open")


@offer(bp, "/trace/<any(voucher, order, claim, payment):kind>/<uuid:row_id>.zip", permission="ledger.see", areas=_papers_read)
def trace_file(kind: str, row_id: UUID) -> ExportedArchive:
    found = _FOUND[kind](row_id, areas("ledger.see"))
    papers = papers_of(found, current_user.areas_for("orders.open"))
    numbers = [one.number for one in found.orders] or [one.number for one in found.claims]
    name = found.voucher.number if kind == "voucher" and found.voucher else numbers[0]
    is_long = sum(one.file.size_bytes for one in papers if one.is_open) > MOST_BYTES
    return ExportedArchive(
        _("资金档案"), f"{_('资金档案')}-{name}", len(papers), is_long, lambda target, told: write(target, found, papers, told)
    )


@dataclass(frozen=True, slots=True)
class Packed:
    """A member of the archive, as the manifest names it."""

    name: str
    sha256: str
    size: int


def write(target: IO[bytes], found: Trace, papers: Sequence[TracedPaper], told: Callable[[int], None]) -> int:
    """Write the archive; how many papers were looked at. What whoever asks may not open, and what is lost, is named in the manifest."""
    packed: list[Packed] = []
    absent: dict[str, list[str]] = {"not_permitted": [], "not_in_store": []}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _pages(found):
            archive.writestr(name, content)
            packed.append(Packed(name, hashlib.sha256(content).hexdigest(), len(content)))
        for number, one in enumerate(papers, start=1):
            name = "/".join((_("材料"), one.of, f"{number:02d}-{_(one.label)}-{one.file.name}"))
            if not one.is_open:
                absent["not_permitted"].append(name)
            elif not uploads.blobs().exists(one.file.sha256):
                absent["not_in_store"].append(name)
            else:
                archive.write(uploads.blobs().path(one.file.sha256), name, zipfile.ZIP_STORED)
                packed.append(Packed(name, one.file.sha256, one.file.size_bytes))
            told(number)
        archive.writestr("manifest.json", _manifest(packed, absent))
    return len(papers)


def _manifest(packed: Iterable[Packed], absent: Mapping[str, list[str]]) -> bytes:
    members = [{"name": one.name, "sha256": one.sha256, "size": one.size} for one in packed]
    told = {"made_at": clock.now().isoformat(), "made_by": current_user.login, "files": members, **absent}
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _pages(found: Trace) -> list[tuple[str, bytes]]:
    pages = [
        (_("资金流向") + ".csv", _csv((_("环节"), _("经过"), _("其中退回")), _stages(found))),
        (_("资金来源") + ".csv", _csv((_("指标文号"), _("来源"), _("日期"), _("下达金额")), _sources(found))),
        (_("付款") + ".csv", _csv((_("申请编号"), _("收款单位"), _("付款日期"), _("银行流水号"), _("金额"), _("状态")), _payments(found))),
        (_("每一笔") + ".csv", _csv((_("记账日期"), _("事由"), _("从"), _("到"), _("金额"), _("经办人"), _("摘要")), _moves(found))),
    ]
    if found.voucher and queries.sees_book(found.book_id, areas("ledger.see")):  # the proofs name accounts of the whole book
        receipt = receipts.receipt_of(found.book_id, entries_about(found.voucher), own_accounts(found.voucher))
        pages.append((_("凭证") + ".json", json.dumps(receipt, ensure_ascii=False, indent=1, default=str).encode()))
    note = _("币种：%(currency)s；生成时间：%(at)s", currency=found.currency, at=moment(clock.now()))
    return [*pages, (_("说明") + ".txt", f"{found.round.programme.name} · {found.round.name}\n{note}\n".encode())]


def _csv(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """A table that Excel opens; nothing in it is taken for a formula."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerows([[_harmless(cell) for cell in row] for row in (heads, *rows)])
    return target.getvalue().encode("utf-8-sig")


def _harmless(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if _FORMULA.match(text) else text


def _stages(found: Trace) -> list[tuple[object, ...]]:
    amounts = ((one.label, one.value_fen, one.back_fen) for one in found.stages)
    return [(_(label), format_money(value, found.currency), format_money(back, found.currency)) for label, value, back in amounts]


def _sources(found: Trace) -> list[tuple[object, ...]]:
    return [(one.document_number, one.source, one.dated_on, format_money(one.amount_fen, found.currency)) for one in found.appropriations]


def _payments(found: Trace) -> list[tuple[object, ...]]:
    return [
        (one.claim.number, one.payee_name, one.paid_on, one.bank_reference, format_money(one.amount_fen, one.currency), _(one.state.label))
        for one in found.lines
    ]


def _moves(found: Trace) -> list[tuple[object, ...]]:
    called = names.accounts(found.book_id, {code for row in found.rows for code in (row.debit_code, row.credit_code)})
    people = names_of(row.entry.actor_id for row in found.rows)
    told = {code: f"{_(one.label)} {one.owner}".strip() for code, one in called.items()}
    return [(*_why(row), told[row.debit_code], told[row.credit_code], *_what(row, found.currency, people)) for row in found.rows]


def _why(row: TransferRow) -> tuple[object, str]:
    return row.entry.effective_on, _(VERBS.get(row.entry.verb, row.entry.verb))


def _what(row: TransferRow, currency: str, people: Mapping[UUID, str]) -> tuple[str, str, str]:
    who = people.get(row.entry.actor_id) if row.entry.actor_id else None
    return format_money(row.transfer.amount_fen, currency), who or _("系统"), row.transfer.leaf_hash
