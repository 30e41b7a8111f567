"""Receipts of vouchers for their holders; the check, the heads, the keys and the script for everybody."""

import io
import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.audit import receipts as trail
from marketplace.kernel import clock, seals
from marketplace.kernel.errors import DomainError, NotFound, RuleViolation
from marketplace.kernel.locales import said
from marketplace.ledger import queries as ledger
from marketplace.oversight.queries import names
from marketplace.oversight.words import VERBS
from marketplace.proofs import checking, queries
from marketplace.proofs.forms import CheckForm
from marketplace.proofs.queries import ProvedRow
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.spending import of_enterprise
from marketplace.web import pdf
from marketplace.web.access import public, requires
from marketplace.web.addresses import public_url
from marketplace.web.formats import civil, head, moment, money
from marketplace.web.layouts import own_layout
from marketplace.web.qr import qr_code

bp = Blueprint("proofs", __name__, url_prefix="/proofs")

RECEIPT = Path(__file__).with_name("receipt.typ")
_FILE_NAME = re.compile(r"[0-9a-z-]{1,80}")


def _published() -> Path:
    return Path(current_app.config["SEALS_ROOT"])


# For everybody.


@bp.route("", methods=["GET", "POST"])
@public
def index() -> ResponseReturnValue:
    """Check a receipt, and take away what a check of one's own needs."""
    form, answer, listing = CheckForm(), None, None
    if form.validate_on_submit():
        try:
            answer = checking.check(form.file.data.read(), _published())
            listing = queries.listing_of(answer.voucher_id, answer.entries) if answer.voucher_id else None
        except DomainError as refusal:
            form.refuse(refusal)
    chains = [(stream, _chain_name(stream), seals.last_published(_published(), stream)) for stream in checking.streams(_published())]
    page = render_template(
        "proofs/index.html", layout=own_layout(), form=form, answer=answer, listing=listing, chains=chains,
        keys=checking.keys(_published()),
        file_of=lambda stream: seals.heads_file(_published(), stream).stem,
    )  # fmt: skip
    return page, form.status


def _chain_name(stream: str) -> str:
    """What people call a chain."""
    kind, _colon, row_id = stream.partition(":")
    if kind != "book":
        return _("操作留痕")
    try:
        return ledger.book(UUID(row_id)).name
    except (ValueError, NotFound):
        return stream


@bp.get("/vouchers/<number>")
@public
def voucher(number: str) -> ResponseReturnValue:
    """What the QR code on a receipt leads to: whether it is ours, and the hashes on it. Nothing about the firm, no amounts."""
    row = queries.numbered(number.upper()[:24])
    return render_template("proofs/voucher.html", layout=own_layout(), row=row, rows=queries.rows_of(row), verbs=VERBS)


@bp.get("/batches/<number>")
@public
def batch(number: str) -> ResponseReturnValue:
    """What the QR code on the papers of a payment batch leads to: whether it is ours, and the hash on it. No payees, no amounts."""
    row = queries.batch_numbered(number.upper()[:24])
    count, fingerprint = queries.fingerprint_of(row)
    return render_template("proofs/batch.html", layout=own_layout(), row=row, count=count, fingerprint=fingerprint)


@bp.get("/verify_receipt.py")
@public
def script() -> Response:
    return send_file(checking.SCRIPT, mimetype="text/x-python", as_attachment=True)


@bp.get("/keys/<name>.pem")
@public
def key(name: str) -> Response:
    return _file(_published() / "keys", name, ".pem", "application/x-pem-file")


@bp.get("/heads/<name>.jsonl")
@public
def heads(name: str) -> Response:
    return _file(_published(), name, ".jsonl", "application/jsonl")


def _file(folder: Path, name: str, suffix: str, mimetype: str) -> Response:
    path = folder / f"{name}{suffix}"
    if not _FILE_NAME.fullmatch(name) or not path.is_file():
        raise NotFound
    return send_file(path, mimetype=mimetype, as_attachment=True)


# For the holder.


@bp.get("/mine/<uuid:voucher_id>")
@requires("vouchers.own")
def mine(voucher_id: UUID) -> ResponseReturnValue:
    row = of_enterprise(voucher_id, current_user.organisation_id)
    rows = queries.rows_of(row)
    return render_template(
        "proofs/mine.html", row=row, rows=rows, names=_names(row, rows), verbs=VERBS, address=_address(row),
        firm=current_user.organisation_name,
        waiting=sum(one.seal is None for one in rows), qr=qr_code(_address(row)), printed_at=moment(clock.now()),
    )  # fmt: skip


@bp.get("/mine/<uuid:voucher_id>.json")
@requires("vouchers.own")
def mine_json(voucher_id: UUID) -> Response:
    row = of_enterprise(voucher_id, current_user.organisation_id)
    return _json(queries.receipt_of(row), row.number)


@bp.get("/mine/<uuid:voucher_id>.pdf")
@requires("vouchers.own")
def mine_pdf(voucher_id: UUID) -> ResponseReturnValue:
    row = of_enterprise(voucher_id, current_user.organisation_id)
    try:
        content = pdf.made(RECEIPT, _sheet(row, queries.rows_of(row)), _address(row))
    except RuleViolation as refusal:
        flash(said(refusal), "warning")
        return redirect(url_for("proofs.mine", voucher_id=voucher_id))
    return send_file(io.BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=f"{row.number}.pdf")


@bp.get("/events/<uuid:event_id>.json")
@requires("trail.see")
def event(event_id: UUID) -> Response:
    """The proof of one event of the trail, for an auditor's file."""
    return _json(trail.receipt_of(event_id), str(event_id))


def _json(receipt: dict[str, Any], name: str) -> Response:
    content = json.dumps(receipt, ensure_ascii=False, indent=1).encode()
    return send_file(io.BytesIO(content), mimetype="application/json", as_attachment=True, download_name=f"{name}.json")


def _address(row: Voucher) -> str:
    return public_url("proofs.voucher", number=row.number)


def _names(row: Voucher, rows: list[ProvedRow]) -> dict[str, names.AccountName]:
    codes = {code for one in rows for code in (one.moved.debit_code, one.moved.credit_code)}
    return names.accounts(row.programme.book_id, codes)


def _sheet(row: Voucher, rows: list[ProvedRow]) -> dict[str, Any]:
    """What the PDF says; the same as the page."""
    called = _names(row, rows)
    return {
        "issuer": _("券链"), "title": _("服务券记账凭证"), "number": row.number, "qr_says": _("核验二维码"),
        "page": _("第 {n} 页，共 {total} 页"),
        "summary": [
            [_("券编号"), row.number], [_("企业"), current_user.organisation_name], [_("项目"), row.programme.name],
            [_("打印时间"), moment(clock.now())],
        ],
        "heads": [_("记账日期"), _("事项"), head(_("金额（元）"), row.currency), _("封存区块"), _("摘要（前 16 位）")],
        "rows": [_line(one, called, row.currency) for one in rows],
        "notes": [
            _("扫描右上角二维码，或打开 %(url)s，可以核对本凭证上的摘要。", url=_address(row)),
            _("要离线核验，请下载本凭证的 .json 文件和核验程序：%(url)s", url=public_url("proofs.index")),
        ],
    }  # fmt: skip


def _line(one: ProvedRow, called: dict[str, names.AccountName], currency: str) -> dict[str, str]:
    moved, source = one.moved, called[one.moved.debit_code]
    scope = _("（%(what)s）", what=_(source.scope)) if source.scope else ""
    return {
        "day": civil(moved.entry.effective_on), "what": _(VERBS.get(moved.entry.verb, moved.entry.verb)),
        "way": f"{_(source.label)}{scope} → {_(called[moved.credit_code].label)}", "amount": money(moved.transfer.amount_fen, currency),
        "seal": str(one.seal.block) if one.seal else _("待封存"), "leaf": one.leaf[:16],
    }  # fmt: skip
