"""The unified social credit code, GB 32100-2015: 18 characters, the last one a check character.

Positions: 1 registering department, 2 class of body, 3-8 region of the registrar (no proof of the present address),
9-17 organisation code (GB 11714, with a check character of its own), 18 check character.
"""

from __future__ import annotations

import unicodedata

from stdnum.cn import uscc as standard

from marketplace.kernel import typed
from marketplace.kernel.errors import N_, RuleViolation

LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I O S V Z, which look like 1 0 5 U 2
LOOKS_LIKE = {"I": "1", "O": "0", "S": "5", "V": "U", "Z": "2"}
REGION = slice(2, 8)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # values of GB 11714; I O S V Z do not occur inside a credit code


def check_uscc(text: str) -> str:
    """A credit code as stored: half-width, upper case, without spaces.

    Raises:
        RuleViolation: what is wrong, in a sentence that says which character or length and what to do.
    """
    code = _tidy(text)
    if not code:
        raise _refusal(N_("请填写统一社会信用代码。"))
    _refuse_numbers(code)
    if len(code) != LENGTH:
        raise _refusal(N_("统一社会信用代码应为 18 位，现为 %(length)s 位，请按营业执照补全。"), length=len(code))
    for position, character in enumerate(code, start=1):
        _refuse_character(position, character)
    if not typed.is_digits(code[REGION]):
        raise _refusal(N_("统一社会信用代码第 3 至 8 位是登记机关的行政区划，只能是数字，请按营业执照核对。"))
    if code[-1] != check_character(code[:-1]):
        raise _refusal(N_("统一社会信用代码校验位不符，可能有一位输错或两位颠倒，请按营业执照逐位核对。"))
    return code


def check_character(first_17: str) -> str:
    """The 18th character that belongs to the first seventeen."""
    return str(standard.calc_check_digit(first_17))


def make_uscc(region: str, serial: int, *, kind: str = "91") -> str:
    """A well-formed code for demos and tests: kind 91 firm, 92 sole trader, 12 public institution, 52 private non-profit."""
    body = f"MA{serial:06d}"
    assert len(body) == 8, "serial has at most six digits"
    first_17 = kind + region.ljust(6, "0") + body + _organisation_check(body)
    return first_17 + check_character(first_17)


def _organisation_check(body: str) -> str:
    weighted = sum(_ORGANISATION_ALPHABET.index(c) * w for c, w in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - weighted % 11]


def _tidy(text: str) -> str:
    """Full-width to half-width, upper case, no spaces, hyphens or invisible marks (pasted from web pages and WPS)."""
    half_width = unicodedata.normalize("NFKC", text).upper()
    return "".join(c for c in half_width if not c.isspace() and c != "-" and unicodedata.category(c) != "Cf").strip("'’")


def _refuse_numbers(code: str) -> None:
    """A spreadsheet cell that is a number has lost digits: say so instead of 'wrong length'."""
    if "." not in code and "E+" not in code:
        return
    try:
        float(code)
    except ValueError:
        return
    raise _refusal(N_("单元格是数值格式，末几位已经丢失。请把该列设为文本，按营业执照重新填写统一社会信用代码。"))


def _refuse_character(position: int, character: str) -> None:
    if character in ALPHABET:
        return
    if character in LOOKS_LIKE:
        raise _refusal(
            N_("统一社会信用代码不使用字母 I、O、S、V、Z；第 %(position)s 位“%(character)s”是否应为“%(meant)s”？请按营业执照核对。"),
            position=position,
            character=character,
            meant=LOOKS_LIKE[character],
        )
    raise _refusal(
        N_("统一社会信用代码只含数字和大写字母；第 %(position)s 位“%(character)s”不能使用。"), position=position, character=character
    )


def _refusal(message: str, **params: object) -> RuleViolation:
    return RuleViolation(message, field="uscc", code="uscc", **params)
