"""Shape of an objection and of its decision."""

from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField, TextAreaField
from wtforms.validators import Length

from marketplace.web.forms import CommandForm, FileField, at_most, optional, required
from marketplace.web.select_fields import RadioField
from marketplace.web.uploads import is_chosen


class ObjectionForm(CommandForm):
    name = StringField(_l("您的姓名或单位名称"), validators=[required(_l("请填写真实姓名或单位全称，匿名异议不受理。")), at_most(60)])
    contact = StringField(_l("联系电话或邮箱"), validators=[required(_l("请填写联系方式，便于核实和答复。")), at_most(100)])
    grounds = TextAreaField(
        _l("异议内容和依据"),
        validators=[required(_l("请写明对哪一项有异议、依据是什么。")), Length(10, 2000, _l("请写 10 至 2000 个字，说清事实和依据。"))],
    )

    evidence = TextAreaField(
        _l("可以核实的线索"),
        validators=[optional(), at_most(1000)],
        description=_l("例如文件名称和文号、公开网址、知情单位。有证明材料的可以不写。"),
    )
    file_1 = FileField(_l("证明材料一"))
    file_2 = FileField(_l("证明材料二"))
    file_3 = FileField(_l("证明材料三"))

    def typed(self) -> dict[str, str]:
        """What was typed, by name."""
        return {name: str(self[name].data or "") for name in ("name", "contact", "grounds")}

    def files(self) -> list[Field]:
        """The fields in which a file was chosen."""
        return [one for one in (self.file_1, self.file_2, self.file_3) if is_chosen(one.data)]


class SupplementForm(CommandForm):
    document_number = StringField(_l("文号"), validators=[optional(), at_most(60)])
    title_bo = StringField(_l("藏文标题"), validators=[optional(), at_most(300)], render_kw={"lang": "bo"})
    title_ug = StringField(_l("维吾尔文标题"), validators=[optional(), at_most(300)], render_kw={"lang": "ug", "dir": "rtl"})
    title_mn = StringField(_l("蒙古文标题"), validators=[optional(), at_most(300)], render_kw={"lang": "mn"})
    file = FileField(_l("附件"))

    def given(self) -> dict[str, str]:
        """What was typed, by name."""
        return {name: str(self[name].data or "") for name in ("document_number", "title_bo", "title_ug", "title_mn")}


class DecisionForm(CommandForm):
    decision = RadioField(
        _l("处理结果"),
        choices=[("rejected", _l("异议不成立，公示继续")), ("upheld", _l("异议成立，终止公示"))],
        validators=[required(_l("请选择处理结果。"))],
    )
    answer = TextAreaField(_l("处理意见"), validators=[required(_l("请写明处理意见，异议人凭编号可以看到。")), at_most(1000)])
