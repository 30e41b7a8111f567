"""One normal form for names and keys: what reads the same is the same, however it was typed.

Widths and ligatures (NFKC), letters that no eye sees, upper and lower case and blanks are folded; quotes, dashes, dots and brackets of
any kind become one of their kind. Names are shown as they were written; the form is for comparing and finding only.
"""

import re
import unicodedata

_SAME = (
    ('"', "'\"`´‘’‚‛“”„‟′″«»‹›「」『』〝〞〟＂＇"),
    ("-", "-‐‑‒–—―⁃−─━ー˗﹘﹣－"),
    ("·", "·•‧∙⋅・･ˑ᛫●．.｡。·﹒"),
    ("(", "([{（【〔〖［｛《〈⟨⟪﹙﹝<"),
    (")", ")]}）】〕〗］｝》〉⟩⟫﹚﹞>"),
)
_ONE_OF_A_KIND = {ord(sign): one for one, signs in _SAME for sign in signs}
_DASHES = re.compile("-{2,}")
_LABEL = re.compile(r"^NO(?=\d)")
_UNSEEN = frozenset({"Cf", "Cc", "Cs", "Zs", "Zl", "Zp"})  # format and control signs, halves of pairs, blanks


def plain(text: str) -> str:
    """The normal form of a name or key: two that are spelt alike for a reader have the same."""
    folded = unicodedata.normalize("NFKC", text.translate(_ONE_OF_A_KIND)).casefold().translate(_ONE_OF_A_KIND)
    return _DASHES.sub("-", "".join(sign for sign in folded if unicodedata.category(sign) not in _UNSEEN))


def findable(text: str) -> str:
    """The same with its letters and digits only: a name is found with or without its dot, brackets and quotes."""
    return "".join(sign for sign in plain(text) if sign.isalnum())


def digits_of(text: str) -> str:
    """The decimal digits of a text, whatever script or width they were typed in."""
    found = (unicodedata.decimal(character, -1) for character in unicodedata.normalize("NFKC", text))
    return "".join(str(digit) for digit in found if digit >= 0)


def plain_number(text: str) -> str:
    """A printed number of any kind in one spelling: letters and digits, upper case, no 'No.' before it; empty where no digit is in it."""
    kept = "".join(one for one in unicodedata.normalize("NFKC", text).upper() if one.isalnum())
    plain = "".join(str(unicodedata.decimal(one, one)) for one in kept)
    return _LABEL.sub("", plain)[:60] if digits_of(plain) else ""
