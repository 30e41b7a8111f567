"""Officers replace one decision of the rules. The form follows the shape of the decision, as the schema has it."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from marketplace.kernel import typed
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import DomainError
from marketplace.kernel.policyfiles.kinds import Choice, Choices, Codes, Field, Flag, Whole
from marketplace.kernel.policyfiles.provenance import Source
from marketplace.kernel.policyfiles.reading import Table
from marketplace.policy.programme_file import ProgrammeFileError
from marketplace.vouchers.forms import checkboxes
from marketplace.vouchers.queries import programmes as reads
from marketplace.vouchers.service import programmes as service
from marketplace.vouchers.views.common import bp, managed_programme, signer
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, WholeField, YuanField, at_most, optional, required

BASIS = 100  # basis points in one percent


_SHARE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)


class PercentField(StringField):
    """A share typed in percent; .data is basis points."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and (text := typed.half_width(valuelist[0]).strip().removesuffix("%").strip()):
            if not _SHARE.fullmatch(text):
                raise ValidationError(_("请填写百分数，例如 30 或 12.5。"))
            points = Decimal(text) * BASIS
            if points != points.to_integral_value():
                raise ValidationError(_("百分数最多两位小数。"))
            self.data = int(points)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{Decimal(self.data) / BASIS:f}"


class ValueForm(CommandForm):
    """What every replacement says: the document that settles it, or why the officer answers for it."""

    basis = RadioField(
        _l("依据"),
        choices=[("source", _l("已有文件规定，填写文件和条款")), ("signed", _l("仍无文件规定，由本人签认这个设定值"))],
        validators=[required()],
    )
    document = StringField(_l("文件名称和文号"), validators=[at_most(200)])
    clause = StringField(_l("条款"), validators=[at_most(200)])
    reason = TextAreaField(_l("更改理由"), validators=[required(), at_most(300)])

    def validate_document(self, field: Any) -> None:
        if self.basis.data == "source" and not field.data:
            raise ValidationError(_("请填写文件名称和文号。"))

    def validate_clause(self, field: Any) -> None:
        if self.basis.data == "source" and not field.data:
            raise ValidationError(_("请填写条款。"))


def _control(name: str, field: Field) -> Any:
    """The control for one field of a decision."""
    label = _(field.label)
    if isinstance(field, Whole):
        kind = YuanField if name.endswith("_fen") else PercentField if name.endswith("_bp") else WholeField
        return kind(label, validators=[optional()])
    if isinstance(field, Choice):
        words = [(word.value, _(word.label)) for word in field.words if word not in field.not_yet]
        return SelectField(label, choices=words if field.required else [("", "—"), *words], validators=[optional()])
    if isinstance(field, Choices):
        return checkboxes(label, choices=[(word.value, _(word.label)) for word in field.words])
    if isinstance(field, Flag):
        return SelectField(label, choices=[("", "—"), ("true", _(field.yes)), ("false", _(field.no))], validators=[optional()])
    if isinstance(field, Codes):
        return TextAreaField(label, validators=[optional()], description=_("多项用顿号、逗号或换行隔开。%(hint)s。", hint=_(field.hint)))
    return StringField(label, validators=[optional()])


def _form_class(table: Table) -> type[ValueForm]:
    """Prefixed, so that a field called "reason" of a decision would not be ours."""
    return type("DecisionForm", (ValueForm,), {f"value_{name}": _control(name, field) for name, field in table.fields.items()})


def _show(form: ValueForm, table: Table, content: Mapping[str, Any]) -> None:
    for name, field in table.fields.items():
        value = content.get(name)
        if isinstance(field, Codes):
            value = "、".join(value or ())
        elif isinstance(field, Flag):
            value = "" if value is None else str(value).lower()
        form[f"value_{name}"].data = value


def _content(form: ValueForm, table: Table) -> dict[str, Any]:
    """What was typed, as the file would have it; what was left empty is left out."""
    found: dict[str, Any] = {}
    for name, field in table.fields.items():
        value: Any = form[f"value_{name}"].data
        if isinstance(field, Codes):
            value = [part for part in _parts(value or "") if part]
        elif isinstance(field, Flag):
            value = {"true": True, "false": False}.get(value)
        if value not in (None, "") and not (value == [] and not field.required):
            found[name] = value
    return found


def _parts(text: str) -> list[str]:
    for sign in "，,;；\n\r\t ":
        text = text.replace(sign, "、")
    return [part.strip() for part in text.split("、")]


@bp.route("/office/programmes/<uuid:programme_id>/values/<key>", methods=["GET", "POST"])
@requires("programmes.manage")
def replace_value(programme_id: UUID, key: str) -> ResponseReturnValue:
    managed_programme(programme_id)
    known, table = reads.facts_of(programme_id), reads.table_of(key)
    form = _form_class(table)()
    if not form.is_submitted():
        _show(form, table, reads.content_of(known.spec, key))
        form.basis.data = "source"
    elif form.validate_on_submit():
        try:
            _replace(programme_id, key, form, table)
        except ProgrammeFileError as refusal:
            form.form_errors.extend(f"{one.text()}{one.remedy_text()}" for one in refusal.problems)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash(_("“%(label)s”已更改，形成新的版本。", label=_(table.label)), "success")
            return redirect(url_for("vouchers.manage_programme", programme_id=programme_id))
    line = next((one for one in reads.lines_of(known.spec) if one.key == key), None)
    fields = [(form[f"value_{name}"], _unit(name)) for name in table.fields]
    return render_template(
        "vouchers/replace_value.html", known=known, key=key, table=table, form=form, line=line, fields=fields
    ), form.status


def _unit(name: str) -> str:
    return _("元") if name.endswith("_fen") else "%" if name.endswith("_bp") else ""


def _replace(programme_id: UUID, key: str, form: ValueForm, table: Table) -> None:
    """Raises: DomainError."""
    source = Source(str(form.document.data), str(form.clause.data)) if form.basis.data == "source" else None
    content, reason, who = _content(form, table), str(form.reason.data), signer()
    actor_id, request_key = current_user.id, form.key()
    in_transaction(
        lambda: service.replace_value(
            programme_id, key, content, source=source, signer=who, reason=reason, actor_id=actor_id, request_key=request_key
        )
    )
