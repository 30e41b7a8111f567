"""What is asked of a replay."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import ValidationError

from marketplace.vouchers.forms import checkboxes
from marketplace.web import uploads
from marketplace.web.forms import CommandForm, FileField, optional, required
from marketplace.web.select_fields import RadioField, SelectField

FROM_VERSION, FROM_FILE, FROM_DRAFT = "version", "file", "draft"
BY_DRAFT = (FROM_DRAFT, _l("正在起草的草稿，不会因此发布"))


class ReplayForm(CommandForm):
    """Which rounds under which rules, and what of it is counted."""

    rounds = checkboxes(_l("按新规则重算的批次"))
    source = RadioField(
        _l("新规则来自"),
        choices=[(FROM_VERSION, _l("本项目已保存的版本")), (FROM_FILE, _l("上传改好的规则文件，只用于试算，不会保存为版本"))],
        default=FROM_VERSION,
        validators=[required()],
    )
    version = SelectField(_l("版本"), validators=[optional()])
    file = FileField(_l("规则文件"))
    drafted = SelectField(_l("草稿"), choices=[], validators=[optional()], validate_choice=False)
    year = SelectField(_l("下单年份"), validators=[optional()])
    class_key = SelectField(_l("企业类别"), validators=[optional()])
    category = SelectField(_l("服务类别"), validators=[optional()])
    region = SelectField(_l("企业所在地区"), validators=[optional()])

    def validate_file(self, field: Any) -> None:
        """A file is chosen where the rules come from one."""
        if self.source.data == FROM_FILE and not uploads.is_chosen(field.data):
            raise ValidationError(str(_l("请选择要试算的规则文件。")))
