"""Initials of Chinese names, so that a firm is found by lsxssy as well as by 拉萨雪山水业."""


def initials(name: str) -> str:
    """First letters of each character's pinyin, lower case; letters and digits stay, other marks are left out."""
    from pypinyin import Style, lazy_pinyin  # its dictionary is 55 MB: whoever spells no name does not load it

    spelt = "".join(part if part.isascii() else part[:1] for part in lazy_pinyin(name, style=Style.FIRST_LETTER))
    return "".join(character for character in spelt.lower() if character.isascii() and character.isalnum())
