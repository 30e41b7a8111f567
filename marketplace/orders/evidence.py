"""One spelling for what is printed on a paper, so that no paper counts twice however it was typed. Pure."""

import re
import unicodedata
from uuid import UUID

from marketplace.kernel.errors import N_, RuleViolation

PAPER_CODES = frozenset({10, 12})  # digits of the code on a paper invoice
PAPER_NUMBER = 8  # digits of the number on a paper invoice
BOTH_TOGETHER = 18  # ten digits of code and eight of number
ELECTRONIC = 20  # a fully electronic invoice (数电发票); also twelve digits of code and eight of number
_LABEL = re.compile(r"^NO(?=\d)")


def digits_of(text: str) -> str:
    """The decimal digits of a text, whatever script or width they were typed in."""
    found = (unicodedata.decimal(character, -1) for character in unicodedata.normalize("NFKC", text))
    return "".join(str(digit) for digit in found if digit >= 0)


def plain_number(text: str) -> str:
    """A printed number of any kind in one spelling: letters and digits, upper case, no 'No.' before it; empty where no digit is in it."""
    kept = "".join(one for one in unicodedata.normalize("NFKC", text).upper() if one.isalnum())
    plain = "".join(str(unicodedata.decimal(one, one)) for one in kept)
    return _LABEL.sub("", plain)[:60] if digits_of(plain) else ""


def invoice_key(code: str, number: str) -> str:
    """An invoice by its digits alone, eighteen or twenty of them, whichever field they were typed into.

    Twenty digits name an invoice by themselves and the code says nothing more; eight need the code of ten or twelve; code and number
    typed together are the same digits.

    Raises: RuleViolation beside the field: no such number, a code is missing, or the code is not the one in the number.
    """
    before, key = digits_of(code), digits_of(number)
    if len(key) == ELECTRONIC:
        return key
    if len(key) == BOTH_TOGETHER:
        if before and not key.startswith(before):
            raise RuleViolation(N_("发票号码前面的代码与填写的发票代码不一致，请核对。"), field="code", code="invoice_code")
        return key
    if len(key) != PAPER_NUMBER:
        raise RuleViolation(N_("请填写发票号码：8 位；数电发票为 20 位。"), field="number", code="invoice_number")
    if len(before) - PAPER_NUMBER in PAPER_CODES and before.endswith(key):
        before = before[:-PAPER_NUMBER]
    if len(before) not in PAPER_CODES:
        raise RuleViolation(N_("8 位的发票号码还需要发票代码，请填写票面上 10 位或 12 位的代码。"), field="code", code="invoice_code")
    return before + key


def slip_key(firm_id: UUID, number: str, amount_fen: int) -> str:
    """A payment slip by who paid, its number and its amount: other banks may print the same number."""
    return f"{firm_id.hex}:{plain_number(number)}:{amount_fen}"
