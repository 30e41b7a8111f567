"""The one form: a receipt to check."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileRequired

from marketplace.web.forms import FileField, MarketplaceForm


class CheckForm(MarketplaceForm):
    """A receipt as it was downloaded. It is looked at and not kept."""

    file = FileField(_l("凭证文件（.json）"), validators=[FileRequired(_l("请选择从本平台下载的 .json 凭证文件。"))])
