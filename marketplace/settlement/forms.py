"""Shape of what is typed about claims and payments."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.widgets import CheckboxInput, ListWidget

from marketplace.identity import regions
from marketplace.policy.programme_decisions import EvidenceField
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import EvidenceKind
from marketplace.settlement.check_rules import LONGEST_WORD, field_of
from marketplace.settlement.lifecycle import CorrectionKind, ShortKind
from marketplace.settlement.recovery_rules import RecoveryGround, ReturnsTo
from marketplace.settlement.rules import Check
from marketplace.settlement.spot_rules import SpotFinding
from marketplace.subsidies.evidence import LONGEST_TEXT, in_form
from marketplace.vouchers.forms import AnswerForm
from marketplace.web.forms import (
    CivilDateField,
    CommandForm,
    FileField,
    ShownForm,
    YuanField,
    at_most,
    choices,
    in_currency,
    optional,
    required,
)
from marketplace.web.select_fields import RadioField, SelectField, SelectMultipleField


class ReasonForm(CommandForm):
    reason = TextAreaField(_l("原因"), validators=[required(_l("请写明原因，对方会看到。")), at_most(500)])


class ClaimReasonForm(ShownForm):
    """Why a claim is returned or refused."""

    reason = TextAreaField(_l("原因"), validators=[required(_l("请写明原因，对方会看到。")), at_most(500)])


class ApproveForm(ShownForm):
    approved = YuanField(_l("核准金额"), validators=[required()])
    cut_reason = TextAreaField(_l("核减原因"), validators=[optional(), at_most(500)])
    considered = TextAreaField(_l("对抽查发现问题的处理说明"), validators=[optional(), at_most(500)])
    opinion = TextAreaField(_l("审核意见"), validators=[optional(), at_most(1000)])


def approve_form(currency: str, checks: Sequence[Check]) -> type[ApproveForm]:
    """The form of an approval, with a field for each check that something must be said of."""
    fields = {field_of(one.key): TextAreaField(_l(one.label), validators=[optional(), at_most(LONGEST_WORD)]) for one in checks}
    made: type[ApproveForm] = type("ApproveFormOfClaim", (in_currency(ApproveForm, currency),), fields)
    return made


class AnswerClaimForm(AnswerForm):
    """What is said to an appeal, and how much is approved in all where it is right."""

    upheld = RadioField(
        _l("答复"), choices=[("yes", _l("申诉成立，增加核准金额")), ("no", _l("申诉不成立，维持原决定"))], validators=[required()]
    )
    approved = YuanField(_l("核准金额（合计）"), validators=[optional()])


class OpinionForm(ShownForm):
    """What somebody finds right at a level of a claim's review."""

    amount = YuanField(_l("认可的金额"), validators=[required()])
    opinion = TextAreaField(_l("审核意见"), validators=[required(_l("请写明审核意见。")), at_most(1000)])


class SubsidyForm(CommandForm):
    """On what a firm asks for an award."""

    ground = RadioField(_l("申请所凭的称号"), validators=[required(_l("请选择申请所凭的称号。"))], validate_choice=False)
    promise = BooleanField(_l("我们承诺所填资料真实，没有就同一称号重复申请"), validators=[required(_l("请阅读并勾选承诺。"))])


class EvidenceForm(CommandForm):
    """On what evidence a firm asks for a subsidy: the fields that the programme's file declares, and the promise."""

    promise = BooleanField(_l("我们承诺所填资料真实，没有就同一费用重复申请"), validators=[required(_l("请阅读并勾选承诺。"))])

    def typed(self, spec: ProgrammeSpec) -> dict[str, str]:
        """What was typed, by the names of the fields; days as they are stored."""
        found = {one.name: self[in_form(one.name)].data for one in spec.evidence_fields if one.kind is not EvidenceKind.FILE}
        return {name: value.isoformat() if isinstance(value, date) else str(value or "") for name, value in found.items()}


def evidence_asked(spec: ProgrammeSpec) -> list[EvidenceField]:
    """The evidence as a form asks for it: by what it is known and what it cost first, the scan last; stored rules keep no order."""
    return sorted(spec.evidence_fields, key=lambda one: list(EvidenceKind).index(one.kind))


def evidence_form(spec: ProgrammeSpec, offices: Mapping[str, str]) -> EvidenceForm:
    """The form of the evidence that a programme asks for; `offices`: the fee offices of the round, by credit code."""
    fields = {in_form(one.name): _control(one, spec, offices) for one in spec.evidence_fields}
    made: type[EvidenceForm] = type("EvidenceFormOfProgramme", (EvidenceForm,), fields)
    return made()


def _control(one: EvidenceField, spec: ProgrammeSpec, offices: Mapping[str, str]) -> Any:
    label, asked = one.label, [required()] if one.required else [optional()]
    if one.kind is EvidenceKind.FILE:
        return FileField(label)
    if one.kind is EvidenceKind.DAY:
        return CivilDateField(label, validators=asked)
    if one.kind is EvidenceKind.OPTION:
        return SelectField(label, choices=[("", _l("请选择")), *((word, word) for word in one.options)], validators=asked)
    if one.kind is EvidenceKind.OFFICE:
        return SelectField(label, choices=[("", _l("请选择")), *offices.items()], validators=asked)
    if one.kind is EvidenceKind.OUTSIDE:
        inside = spec.beneficiaries.regions.value
        places = [(row.code, row.full_name) for row in regions.children() if not any(regions.covers(code, row.code) for code in inside)]
        return SelectField(label, choices=[("", _l("请选择")), *places], validators=asked)
    return StringField(label, validators=[*asked, at_most(LONGEST_TEXT)])


class BatchForm(CommandForm):
    """Which approved claims go into the batch. Its request key becomes the batch's id."""

    claims = SelectMultipleField(  # one that is not offered is refused by the service, which says why
        _l("兑付申请"), coerce=lambda value: UUID(str(value)), validate_choice=False, validators=[required(_l("请至少选择一笔。"))],
        widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(),
    )  # fmt: skip


class ResultForm(CommandForm):
    """What the bank did with a line."""

    result = RadioField(
        _l("银行结果"),
        choices=[("paid", _l("已付款")), *choices(ShortKind), ("failed", _l("付款失败"))],
        validators=[required(_l("请选择银行结果。"))],
    )
    amount = YuanField(_l("实付金额"), validators=[optional()])
    reference = StringField(_l("银行流水号"), validators=[optional(), at_most(60)])
    paid_on = CivilDateField(_l("付款日期"), validators=[optional()])
    reason = StringField(_l("没有付足的原因"), validators=[optional(), at_most(300)])
    slip = FileField(_l("银行回单"))


class BounceForm(CommandForm):
    """What the bank sent back of a line, and why."""

    amount = YuanField(_l("退汇金额"), validators=[required()])
    reference = StringField(_l("退汇流水号"), validators=[required(), at_most(60)])
    bounced_on = CivilDateField(_l("退汇日期"), validators=[required()])
    reason = StringField(_l("退汇原因"), validators=[required(_l("请按银行回单填写退汇原因。")), at_most(300)])


class CorrectionForm(CommandForm):
    """What the bank's slip really says of a line."""

    kind = RadioField(_l("错在哪里"), choices=choices(CorrectionKind), validators=[required(_l("请选择错在哪里。"))])
    reference = StringField(_l("银行流水号"), validators=[optional(), at_most(60)])
    paid_on = CivilDateField(_l("付款日期"), validators=[optional()])
    reason = StringField(_l("更正原因"), validators=[required(_l("请写明更正的原因。")), at_most(300)])


class RecoveryForm(CommandForm):
    """Why money of a paid claim must come back, how much, and where it goes."""

    amount = YuanField(_l("追回金额"), validators=[required()])
    ground = SelectField(_l("发现途径"), choices=choices(RecoveryGround, _l("请选择")), validators=[required(_l("请选择发现途径。"))])
    finding = TextAreaField(_l("认定的事实和依据"), validators=[required(_l("请写明认定的事实和依据。")), at_most(2000)])
    returns_to = RadioField(_l("追回资金去向"), choices=choices(ReturnsTo), validators=[required(_l("请选择追回资金去向。"))])


class ConfirmRecoveryForm(ShownForm):
    document = StringField(_l("追回决定文号"), validators=[required(_l("请填写追回决定的文号。")), at_most(100)])


class RecoveryReasonForm(ShownForm):
    reason = TextAreaField(_l("理由"), validators=[required(_l("请写明理由。")), at_most(500)])


class RedirectForm(ShownForm):
    """What comes in goes to the treasury from now on."""


class ReceiptForm(ShownForm):
    """What came in on a case."""

    amount = YuanField(_l("缴回金额"), validators=[required()])
    reference = StringField(_l("入账流水号"), validators=[required(), at_most(60)])
    received_on = CivilDateField(_l("到账日期"), validators=[required()])


class WholeBatchForm(CommandForm):
    """One transfer paid every line of a batch."""

    reference = StringField(_l("银行流水号"), validators=[required(), at_most(60)])
    paid_on = CivilDateField(_l("付款日期"), validators=[required()])
    slip = FileField(_l("银行回单"))


class AccountForm(CommandForm):
    """A second person confirms an account. It keeps the one that the page showed."""

    seen = HiddenField()


class SpotCheckForm(CommandForm):
    """What a second officer found on the spot."""

    finding = RadioField(
        _l("抽查结论"),
        choices=choices(SpotFinding),
        validators=[required(_l("请选择抽查结论。"))],
    )
    report = TextAreaField(_l("核对了什么、发现了什么"), validators=[required(), at_most(2000)])
