"""Officers replace one decision of the rules. The form follows the shape of the decision, as the schema has it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import StringField, TextAreaField
from wtforms.validators import ValidationError

from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import DomainError
from marketplace.kernel.policyfiles.provenance import Source
from marketplace.kernel.policyfiles.reading import Table
from marketplace.policy.presenter import in_reader_words
from marketplace.policy.programme_file import ProgrammeFileError
from marketplace.policy.programme_lines import lines_of
from marketplace.policy.programme_problems import of_file
from marketplace.vouchers.queries import programmes as reads
from marketplace.vouchers.service import programmes as service
from marketplace.vouchers.views.common import bp, managed_programme, signer
from marketplace.vouchers.views.decision_forms import content, controls, fields_of, show
from marketplace.web.access import requires
from marketplace.web.forms import CommandForm, at_most, required
from marketplace.web.select_fields import RadioField


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


def _form_class(table: Table, document: Mapping[str, Any]) -> type[ValueForm]:
    return type("DecisionForm", (ValueForm,), {**controls(table.fields, document)})


@bp.route("/office/programmes/<uuid:programme_id>/values/<key>", methods=["GET", "POST"])
@requires("programmes.manage")
def replace_value(programme_id: UUID, key: str) -> ResponseReturnValue:
    managed_programme(programme_id)
    known, table = reads.facts_of(programme_id), reads.table_of(key)
    document = known.spec.document
    form = _form_class(table, document)()
    if not form.is_submitted():
        show(form, table.fields, reads.content_of(known.spec, key), document)
        form.basis.data = "source"
    elif form.validate_on_submit():
        try:
            _replace(programme_id, key, form, content(form, table.fields, document))
        except ProgrammeFileError as refusal:
            form.form_errors.extend(
                _("%(title)s：%(what)s", title=one.title, what=f"{one.text}{one.remedy}") for one in of_file(refusal, in_reader_words)
            )
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash(_("“%(label)s”已更改，形成新的版本。", label=_(table.label)), "success")
            return redirect(url_for("vouchers.manage_programme", programme_id=programme_id))
    line = next((one for one in lines_of(document) if one.key == key), None)
    fields = fields_of(form, table, document)
    return render_template(
        "vouchers/replace_value.html", known=known, key=key, table=table, form=form, line=line, fields=fields
    ), form.status


def _replace(programme_id: UUID, key: str, form: ValueForm, said: Mapping[str, Any]) -> None:
    """Raises: DomainError."""
    source = Source(str(form.document.data), str(form.clause.data)) if form.basis.data == "source" else None
    wanted, who = service.NewValue(key, said, source, str(form.reason.data)), signer()
    actor_id, request_key = current_user.id, form.key()
    in_transaction(lambda: service.replace_value(programme_id, wanted, signer=who, actor_id=actor_id, request_key=request_key))
