"""QR codes for printed papers."""

import segno
from flask_babel import gettext as _
from markupsafe import Markup


def qr_code(text: str) -> Markup:
    """A QR code as SVG inside a page; nothing in the picture comes from a user."""
    return Markup(segno.make(text, error="m", micro=False).svg_inline(scale=3, border=1, title=_("核验二维码")))  # noqa: S704 – made by us
