"""Shape of what is typed into the calendar."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import NumberRange

from marketplace.web.forms import CivilDateField, MarketplaceForm, WholeField, at_most, required
from marketplace.web.select_fields import RadioField, SelectField


class DayForm(MarketplaceForm):
    day = CivilDateField(_l("日期"), validators=[required()])
    layer = SelectField(_l("适用范围"), validators=[required()])
    kind = RadioField(
        _l("这一天"), choices=[("holiday", _l("放假")), ("working", _l("上班（调休）")), ("clear", _l("按星期几计算"))], default="holiday"
    )
    name = StringField(_l("节日或事由"), validators=[at_most(60)])
    source = StringField(_l("依据文件"), validators=[at_most(200)])


class YearForm(MarketplaceForm):
    year = WholeField(_l("年份"), validators=[required(), NumberRange(2000, 2100, _l("请填写 2000 至 2100 之间的年份。"))])
    layer = SelectField(_l("适用范围"), validators=[required()])
    source = StringField(_l("依据文件"), validators=[required(), at_most(200)])
