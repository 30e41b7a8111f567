"""Groups of associated firms made in one line, through the service."""

from datetime import date
from typing import Any
from uuid import uuid4

from marketplace.enterprises import service
from marketplace.enterprises.models import FirmGroup
from marketplace.enterprises.rules import GroupChange, GroupWords
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from tests.factories import a_firm


def a_group(*firms: Any, areas: tuple[str, ...] = ("540000",)) -> FirmGroup:
    """Of these firms, from today on."""
    codes = tuple(one.organisation.uscc for one in firms or (a_firm(), a_firm()))
    said = GroupWords(name="某某系", reason="同一实际控制人", evidence="登记档案", codes=codes, on_day=clock.today())
    asked: dict[str, Any] = {"actor_id": uuid4(), "request_key": uuid4(), "now": clock.now()}
    return in_transaction(lambda: service.make_group(said, areas, **asked))


def changed(group: FirmGroup, firm: Any, *, joins: bool, on_day: date | None = None, areas: tuple[str, ...] = ("540000",)) -> FirmGroup:
    """A firm joins or leaves, from today on."""
    said = GroupChange(code=firm.organisation.uscc, joins=joins, on_day=on_day or clock.today(), reason="股权转让")
    asked: dict[str, Any] = {"actor_id": uuid4(), "request_key": uuid4(), "now": clock.now()}
    return in_transaction(lambda: service.change_group(group.id, said, areas, **asked))
