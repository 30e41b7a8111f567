"""Lines in which an officer types when a round gives out how much (分次放出)."""

import re
from collections.abc import Iterable
from datetime import datetime

from marketplace.kernel.errors import N_
from marketplace.kernel.money import format_amount, parse_amount
from marketplace.kernel.typed import half_width
from marketplace.policy.programme_place import InItsPlace
from marketplace.vouchers.rules.releases import Release

_LINE = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})\s+(\S+)", re.ASCII)


def read(text: str, *, place: InItsPlace) -> tuple[Release, ...]:
    """Lines of a moment where the programme is and an amount of its money: 2026-03-01 10:00 500000. Raises: ValueError with a sentence."""
    found = []
    for line in filter(None, (one.strip() for one in half_width(text).splitlines())):
        parts = _LINE.fullmatch(line)
        if parts is None:
            raise ValueError(N_("请每行写一次放出：日期、时间和金额，例如 2026-03-01 10:00 500000。"))
        try:
            moment = datetime.fromisoformat(f"{parts[1]} {parts[2]}").replace(tzinfo=place.zone)
        except ValueError:
            raise ValueError(N_("请按 2026-11-20 10:00 的样子填写日期和时间。")) from None
        found.append(Release(moment, parse_amount(parts[3], place.currency)))
    return tuple(found)


def written(releases: Iterable[Release], *, place: InItsPlace) -> str:
    """The same as they were typed."""
    return "\n".join(f"{one.at.astimezone(place.zone):%Y-%m-%d %H:%M} {format_amount(one.amount_fen, place.currency)}" for one in releases)
