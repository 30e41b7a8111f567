"""Shape of what is typed about orders."""

from collections.abc import Collection, Iterable
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import ValidationError

from marketplace.kernel import typed
from marketplace.policy.programme_words import DocumentKind
from marketplace.web.forms import (
    CivilDateField,
    CommandForm,
    FileField,
    MarketplaceForm,
    WholeField,
    YuanField,
    at_most,
    optional,
    required,
)
from marketplace.web.select_fields import RadioField, SelectField

NONE = "none"  # no voucher


def _a_voucher(_form: Any, field: RadioField) -> None:
    if field.data != NONE and typed.key(field.data) is None:
        raise ValidationError(_l("请选择用哪张券，或选择不用券。"))


class PlaceForm(CommandForm):
    """Which voucher, how much of it, and what the firm wants done. Its request key becomes the order's id."""

    # A voucher that is not offered (any more) is refused by the rules, which say why, or is what this very order has used.
    voucher_id = RadioField(_l("用哪张券"), validators=[required(_l("请选择用哪张券，或选择不用券。")), _a_voucher], validate_choice=False)
    requested = YuanField(_l("本单使用金额"), validators=[optional()])
    in_kind = YuanField(_l("实物或人工投入"), validators=[optional()])
    requirement = TextAreaField(_l("需求说明"), validators=[optional(), at_most(1000)])
    seen_price = HiddenField()
    seen_subsidy = HiddenField()

    def seen(self, field: HiddenField) -> int | None:
        """An amount in fen that the page showed; nothing where it was mangled."""
        return typed.number(field.data)


MOST_PARTNERS = 8


class JointForm(CommandForm):
    """What a firm proposes to buy with others: its own voucher and part, and the others' credit codes with theirs."""

    voucher_id = SelectField(_l("用哪张券"), validators=[required(_l("请选择用哪张券。"))], validate_choice=False)
    own_amount = YuanField(_l("本企业承担的金额"), validators=[required()])
    requirement = TextAreaField(_l("需求说明"), validators=[optional(), at_most(1000)])


def joint_form(partners: int) -> type[JointForm]:
    """With a row for each of so many partners."""
    fields: dict[str, object] = {}
    for number in range(1, min(partners, MOST_PARTNERS) + 1):
        fields[f"uscc_{number}"] = StringField(
            _l("第 %(number)s 家的统一社会信用代码", number=number), validators=[optional(), at_most(40)]
        )
        fields[f"amount_{number}"] = YuanField(_l("第 %(number)s 家承担的金额", number=number), validators=[optional()])
    made: type[JointForm] = type("JointFormOfPartners", (JointForm,), fields)
    return made


class ConfirmJointForm(CommandForm):
    """A member's voucher for its part."""

    voucher_id = SelectField(_l("用哪张券"), validators=[required(_l("请选择用哪张券。"))], validate_choice=False)


class ReasonForm(CommandForm):
    reason = TextAreaField(_l("原因"), validators=[required(_l("请写明原因，让对方知道为什么。")), at_most(500)])


class ProposeForm(CommandForm):
    amount = YuanField(_l("金额"), validators=[required()])
    reason = TextAreaField(_l("原因"), validators=[required(_l("请写明原因，让对方知道为什么。")), at_most(500)])


class AgreeForm(CommandForm):
    """An answer to a proposal: to the one that the page showed."""

    proposal = HiddenField()


class RefuseForm(AgreeForm):
    reason = TextAreaField(_l("原因"), validators=[required(_l("请写明原因，让对方知道为什么。")), at_most(500)])


class DecideForm(CommandForm):
    amount = YuanField(_l("核销金额"), validators=[required()])
    answer = TextAreaField(_l("裁定理由"), validators=[required(_l("请写明裁定的理由，双方会看到。")), at_most(500)])


class ContractForm(CommandForm):
    number = StringField(_l("合同编号"), validators=[required(), at_most(60)])
    amount = YuanField(_l("合同金额"), validators=[required()])
    dated_on = CivilDateField(_l("签订日期"), validators=[required()])
    unit_price = YuanField(_l("合同单价"), validators=[optional()])


class BillForm(CommandForm):
    """The provider's invoice, by which an order is settled at once."""

    number = StringField(_l("发票号码"), validators=[required(), at_most(60)])
    code = StringField(_l("发票代码"), validators=[optional(), at_most(20)])
    amount = YuanField(_l("票面金额"), validators=[required()])
    dated_on = CivilDateField(_l("开票日期"), validators=[required()])
    note = StringField(_l("备注"), validators=[optional(), at_most(300)])


class DeliverForm(CommandForm):
    note = TextAreaField(_l("交付说明"), validators=[required(_l("请写明交付了什么、放在哪里。")), at_most(500)])


def with_files(
    base: type[CommandForm], kinds: Iterable[DocumentKind], present: Iterable[DocumentKind] = (), dated: Collection[DocumentKind] = ()
) -> CommandForm:
    """A form with a file field for each kind of paper; those that are there already need not be sent again. `dated`: whose day is asked."""
    have = set(present)
    fields: dict[str, Any] = {
        f"file_{kind.value}": FileField(_l(kind.label), validators=[optional()] if kind in have else [_Chosen()]) for kind in kinds
    }
    fields |= {f"dated_{kind.value}": CivilDateField(_day_of(kind), validators=[optional()]) for kind in kinds if kind in dated}
    made: type[CommandForm] = type(f"{base.__name__}WithFiles", (base,), fields)
    return made()


def _day_of(kind: DocumentKind) -> Any:
    return _l("“%(kind)s”的日期", kind=_l(kind.label))


class _Chosen:
    """A paper that must come with this form; its label then does not say it may be left out."""

    field_flags = {"required": True}  # noqa: RUF012 – WTForms' own name

    def __call__(self, _form: Any, field: Any) -> None:
        if not getattr(field.data, "filename", ""):
            raise ValidationError(gettext("请选择要上传的文件：%(name)s。", name=gettext(str(field.label.text))))


class PaperForm(CommandForm):
    kind = SelectField(_l("材料种类"), validators=[required()])
    number = StringField(_l("发票号码或凭证流水号"), validators=[optional(), at_most(60)])
    code = StringField(_l("发票代码"), validators=[optional(), at_most(20)])
    amount = YuanField(_l("票面金额"), validators=[optional()])
    net = YuanField(_l("不含税金额"), validators=[optional()])
    tax = YuanField(_l("税额"), validators=[optional()])
    units = WholeField(_l("用量"), validators=[optional()])
    dated_on = CivilDateField(_l("票据日期"), validators=[optional()])
    note = StringField(_l("备注"), validators=[optional(), at_most(300)])
    file = FileField(_l("文件"))


class ReviewForm(CommandForm):
    score = RadioField(
        _l("总体评价"),
        choices=[
            ("5", _l("5 分 非常满意")),
            ("4", _l("4 分 满意")),
            ("3", _l("3 分 一般")),
            ("2", _l("2 分 不满意")),
            ("1", _l("1 分 很不满意")),
        ],
        validators=[required(_l("请选择 1 到 5 分。"))],
    )
    comment = TextAreaField(_l("评价内容"), validators=[optional(), at_most(500)])


class AnswerForm(CommandForm):
    text = TextAreaField(_l("回复内容"), validators=[required(), at_most(500)])


class NumberForm(MarketplaceForm):
    """A printed number to check."""

    number = StringField(_l("订单编号"), validators=[required(), at_most(24)])


__all__ = [
    "NONE",
    "AgreeForm",
    "AnswerForm",
    "BillForm",
    "ConfirmJointForm",
    "ContractForm",
    "DecideForm",
    "DeliverForm",
    "JointForm",
    "NumberForm",
    "PaperForm",
    "PlaceForm",
    "ProposeForm",
    "ReasonForm",
    "RefuseForm",
    "ReviewForm",
    "joint_form",
    "with_files",
]
