"""What costs every test and tells none of them anything, done in a cheaper way: what the product says and does stays the same.

Addresses made ready that nobody builds, flushes to a disk that is thrown away, savepoints put together as if they were queries, rules
checked whole for each test that imports the same file, and for walks through the whole house the same refusal again and again.
"""

import sqlite3
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.default import DefaultDialect
from werkzeug.routing import Rule


@cache
def addresses_are_made_ready_late() -> None:
    """Each application has a thousand functions that build addresses: one is compiled when it is asked, and most never are."""
    ready: Any = Rule._compile_builder

    def late(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        made: list[Callable[..., tuple[str, str]]] = []

        def build(_rule: Rule, /, **values: Any) -> tuple[str, str]:
            if not made:
                made.append(ready(rule, append_unknown).__get__(rule, None))
            return made[0](**values)

        return build

    Rule._compile_builder = late  # type: ignore[method-assign]


@cache
def savepoints_are_said_plainly() -> None:
    """Every transaction of a test is a savepoint of another name, so SQLAlchemy would compile three statements for each anew."""

    def said(words: str) -> Callable[[DefaultDialect, Connection, str], None]:
        def say(_dialect: DefaultDialect, connection: Connection, name: str) -> None:
            connection.exec_driver_sql(f"{words} {name}")

        return say

    DefaultDialect.do_savepoint = said("SAVEPOINT")  # type: ignore[method-assign]
    DefaultDialect.do_rollback_to_savepoint = said("ROLLBACK TO SAVEPOINT")  # type: ignore[method-assign]
    DefaultDialect.do_release_savepoint = said("RELEASE SAVEPOINT")  # type: ignore[method-assign]


@cache
def sqlite_flushes_nothing() -> None:
    """Each commit would wait for the disk. It is seen by everybody all the same, and outlives the process."""
    import marketplace.kernel.db  # noqa: F401 – prepares each connection first

    @event.listens_for(Engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF")


@cache
def rules_are_read_once() -> None:
    """Most tests import the same programme and sign the same values; what is wrong with a file is found each time."""
    from marketplace.policy.programme_spec import ProgrammeSpec
    from marketplace.vouchers.service import programmes

    parse, sign = programmes.parse_programme, programmes.signed

    @lru_cache(maxsize=128)
    def parsed(content: bytes, file: str) -> ProgrammeSpec:
        return parse(content, file=file)

    known: dict[tuple[object, ...], ProgrammeSpec] = {}

    def signed(spec: ProgrammeSpec, keys: Iterable[str], *, by: str, reason: str = "") -> ProgrammeSpec:
        which = (spec.canonical, *sorted(spec.categories), None, *keys, by, reason)
        if which not in known:
            known[which] = sign(spec, keys, by=by, reason=reason)
        return known[which]

    programmes.parse_programme = lambda content, *, file, categories=None: (
        parsed(content, file) if categories is None else parse(content, file=file, categories=categories)
    )
    programmes.signed = signed


def a_refusal_is_shown_once(patch: pytest.MonkeyPatch) -> None:
    """Whoever knocks at each door for its status is refused at most: each page that says so is made the first time only."""
    from marketplace.web import errors, interrupted

    shown = set[str]()
    for module in (errors, interrupted):
        made: Callable[..., str] = module.render_template

        def once(template: str, made: Callable[..., str] = made, **said: Any) -> str:
            if template in shown:
                return template
            shown.add(template)
            return made(template, **said)

        patch.setattr(module, "render_template", once)
