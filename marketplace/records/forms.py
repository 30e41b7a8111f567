"""Shape of what is typed into reports."""

from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField, TextAreaField

from marketplace.policy.fees import FeeKind
from marketplace.policy.programme_words import ServiceFunction
from marketplace.policy.service_categories import category_names
from marketplace.records.rules import ActivityKind, Claimed, Mode
from marketplace.web.forms import (
    CivilDateField,
    CommandForm,
    FileField,
    ShownForm,
    WholeField,
    YuanField,
    at_most,
    choices,
    optional,
    required,
)
from marketplace.web.select_fields import RadioField, SelectField


class ReportForm(CommandForm):
    """A report is begun."""

    title = StringField(_l("填报名称"), validators=[required(), at_most(120)], description=_l("例如：2026 年第一季度服务。"))


class RowForm(CommandForm):
    """One service in a report."""

    enterprise = StringField(
        _l("服务企业"), validators=[required(_l("请填写服务的企业。")), at_most(120)], description=_l("统一社会信用代码，或企业名称。")
    )
    title = StringField(_l("服务内容"), validators=[required(_l("请填写服务内容。")), at_most(200)])
    function = SelectField(_l("服务功能"), choices=choices(ServiceFunction), validators=[required()])
    category = SelectField(_l("服务类别"), validators=[optional()])
    delivered_on = CivilDateField(_l("服务日期"), validators=[required()])
    mode = RadioField(_l("服务方式"), choices=choices(Mode), validators=[required(_l("请选择服务方式。"))])
    fee_kind = RadioField(_l("收费类型"), choices=choices(FeeKind), validators=[required(_l("请选择收费类型。"))])
    fee = YuanField(_l("收费金额"), validators=[optional()], description=_l("公益性服务不填。"))
    person_times = WholeField(_l("服务人次"), default=1, validators=[required()])
    activity = StringField(_l("活动名称"), validators=[at_most(120)], description=_l("是活动的才填；同名同日的各行算一次活动。"))
    activity_kind = SelectField(_l("活动类型"), choices=choices(ActivityKind, _l("不是活动")), validators=[optional()])
    evidence = FileField(_l("证明材料"), description=_l("通知、照片、签到表、总结等，PDF、Word、Excel 或图片。"))

    def __init__(self, *args, **kwargs) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*args, **kwargs)
        self.category.choices = [("", gettext("不选")), *category_names().items()]

    def claimed(self, enterprise_id: UUID) -> Claimed:
        """What was typed, in the shape that the rules take."""
        return Claimed(
            enterprise_id=enterprise_id,
            function=ServiceFunction(self.function.data),
            mode=Mode(self.mode.data),
            fee_kind=FeeKind(self.fee_kind.data),
            delivered_on=self.delivered_on.data,
            person_times=self.person_times.data,
            fee_fen=self.fee.data or 0,
            title=self.title.data,
            category=self.category.data or "",
            activity=self.activity.data or "",
            activity_kind=ActivityKind(self.activity_kind.data) if self.activity_kind.data else None,
        )


class CorrectionForm(RowForm):
    """A row that takes the place of a record."""

    reason = StringField(_l("更正的理由"), validators=[required(_l("请写明更正的理由。")), at_most(100)])
    is_void = BooleanField(_l("这条记录不应计入台账（作废，不再替换）"))


class AskToCloseForm(CommandForm):
    """A year is to be closed."""

    area = SelectField(_l("地区"), validators=[required()])
    year = SelectField(_l("年度"), validators=[required()])
    reason = StringField(
        _l("依据"), validators=[required(_l("请写明封存的依据。")), at_most(300)], description=_l("例如：年度数据已由各地（市）核对完毕。")
    )


class DecisionForm(ShownForm):
    """What the reviewer decides."""

    decision = RadioField(
        _l("审核结果"),
        choices=[("accept", _l("计入台账")), ("return", _l("退回修改")), ("refuse", _l("不予计入"))],
        validators=[required(_l("请选择审核结果。"))],
    )
    reason = TextAreaField(_l("理由"), validators=[at_most(500)], description=_l("退回或不予计入时必须写明，机构会看到。"))
