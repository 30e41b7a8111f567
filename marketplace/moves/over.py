"""Pages of moves that are over: whoever opens one under its old address is led to the thing, as it stands now."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from flask import Flask, Response, current_app, flash, redirect, request
from flask_babel import gettext as _
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect, Rule

from marketplace.capabilities import modules
from marketplace.kernel import errors
from marketplace.kernel.db import Model, by_id
from marketplace.kernel.lifecycle import Life, State
from marketplace.web.access import may_open


@dataclass(frozen=True, slots=True)
class MovePage:
    """The page of a move, or of the moves of a life that share one: of which rows, and in which states they may be made."""

    life: Life
    argument: str  # of its address, which names the row
    model: type[Model]
    states: dict[str, frozenset[State]]  # by verb


def register_over(app: Flask) -> None:
    """A form that cannot be sent any more is not shown. What was sent from a page that was opened before is answered as ever."""

    @app.after_request
    def led_on(response: Response) -> Response:
        if request.method != "GET" or response.status_code != 200 or request.endpoint is None:
            return response
        page = pages().get(request.endpoint)
        if page is None or not is_over(page):
            return response
        target = _target(page)
        if target is None:
            return response
        flash(_("该事项已办理或现在不能办理，请看现在的状态。"), "info")
        moved: Any = redirect(target, 303)
        return moved  # type: ignore[no-any-return]


@cache
def pages() -> dict[str, MovePage]:
    """The pages of moves, by endpoint: those that are named after a move, and take the row as the life's subject is called."""
    rules: dict[str, list[Rule]] = {}
    for rule in current_app.url_map.iter_rules():
        rules.setdefault(rule.endpoint, []).append(rule)
    found: dict[str, MovePage] = {}
    for blueprint, life in _lives():
        argument, verbs = f"{life.subject.rpartition('_')[2]}_id", {one.verb: _states_of(life, one.verb) for one in life.moves}
        by_endpoint = {life.page: verbs} if life.page else {f"{blueprint}.{verb}": {verb: some} for verb, some in verbs.items()}
        for endpoint, of_verbs in by_endpoint.items():
            named = {name for rule in rules.get(endpoint, ()) for name in rule.arguments}
            model = _model_of(life)
            if argument in named and model is not None and (not life.page or "way" in named):
                found[endpoint] = MovePage(life, argument, model, {verb: some for verb, some in of_verbs.items() if some})
    return found


def _lives() -> Iterator[tuple[str, Life]]:
    for module in modules("lifecycle"):
        blueprint = module.__name__.split(".")[1]
        yield from ((blueprint, one) for one in vars(module).values() if isinstance(one, Life))


def _states_of(life: Life, verb: str) -> frozenset[State]:
    return frozenset(state for some in life.move(verb).by.values() for state in some)


def _model_of(life: Life) -> type[Model] | None:
    """Whose rows are in the states of a life."""
    kinds = {type(state) for move in life.moves for state in (*move.to, *(one for some in move.by.values() for one in some))}
    for mapper in Model.registry.mappers:
        column = mapper.columns.get("state")
        if column is not None and getattr(column.type, "enum_class", None) in kinds:
            return mapper.class_
    return None


def is_over(page: MovePage) -> bool:
    """Whether the row that the address names is in no state from which the move may be made."""
    given = request.view_args or {}
    states = page.states.get(given.get("way") or str(request.endpoint).rpartition(".")[2])
    try:
        row: Any = by_id(page.model, given[page.argument])
    except errors.NotFound:  # the page shows something that has no such row yet
        return False
    return states is not None and row.state not in states


def _target(page: MovePage) -> str | None:
    """The page of the row that the visitor may open: the one above this, or the life's own; none where there is neither."""
    row_id: UUID = (request.view_args or {})[page.argument]
    above = f"{request.path.partition(str(row_id))[0]}{row_id}"
    return next((path for path in (above, page.life.address % row_id) if path != request.path and _opens(path)), None)


def _opens(path: str) -> bool:
    try:
        endpoint, _arguments = current_app.url_map.bind("localhost").match(path, method="GET")
    except (NotFound, MethodNotAllowed, RequestRedirect):
        return False
    return endpoint not in pages() and may_open(endpoint)
