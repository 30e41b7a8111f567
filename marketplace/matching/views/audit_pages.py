"""What an auditor asks of the matching: why one firm and not another, and who is never shown."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.enterprises.rules import FirmSize
from marketplace.identity import regions
from marketplace.matching import queries, snapshot
from marketplace.matching.queries import exposure
from marketplace.matching.queries.exposure import Exposure, ExposureCell
from marketplace.matching.rules import Point
from marketplace.matching.settings import preferences
from marketplace.matching.views import bp
from marketplace.matching.views.match_pages import seen_run
from marketplace.web.access import requires
from marketplace.web.forms import choices
from marketplace.web.paging import paged
from marketplace.web.query_string import asked_key, asked_text, asked_word

if TYPE_CHECKING:
    from marketplace.matching.comparing import PairStanding, Taken


@bp.get("/match-runs/<uuid:run_id>/why")
@requires("chains.see")
def why(run_id: UUID) -> ResponseReturnValue:
    run, need_id = seen_run(run_id), str(asked_key("need") or "")
    texts = [asked_text("first"), asked_text("second")]
    needs = {str(need.id): need.product for need in run.needs_list.needs}
    kept = queries.snapshot_of(run.id)
    compared = _compared(queries.opened(kept), needs, need_id, texts) if kept is not None and need_id in needs and all(texts) else None
    return render_template(
        "matching/why.html",
        run=run,
        is_kept=kept is not None,
        needs=list(needs.items()),
        need_id=need_id,
        texts=texts,
        compared=compared,
    )


def _compared(kept: tuple[bytes, bytes], needs: Mapping[str, str], need_id: str, texts: Sequence[str]) -> dict[str, object]:
    """Two pairs of a need beside each other; or which of the two names stands for no supply of the run."""
    from marketplace.matching import comparing  # with the measures of names, which few pages need

    content, answer = kept
    found = {text: queries.supplies_named(text) for text in texts}
    given = snapshot.read(content, only=set().union(*found.values()))
    need = next(line for line in given.needs if line.id == need_id)
    mine = {text: [line for line in given.supplies if line.id in found[text]] for text in texts}
    if unknown := [text for text in texts if not mine[text]]:
        return {"unknown": unknown}
    standings = [comparing.standing(given, answer, need_id, comparing.nearest(need, mine[text]).id) for text in texts]
    names = queries.products_of([UUID(key) for one in standings for key in (one.supply_id, *(other.supply_id for other in one.filled_by))])
    told = {str(key): f"{firm} · {product}" for key, (product, firm) in names.items()}
    return {
        "sides": [_side(one, told, needs) for one in standings],
        "between": [{"what": _(Point(code).label), "more": f"{100 * more:+.1f}"} for code, more in comparing.between(*standings)],
    }


def _side(one: "PairStanding", told: Mapping[str, str], needs: Mapping[str, str]) -> dict[str, object]:
    def given(other: "Taken", name: str) -> str:
        amount = f"{other.quantity:,} {other.unit}" if other.quantity is not None else _("数量待商定")
        return _("%(name)s：%(amount)s（匹配分 %(score)s）", name=name, amount=amount, score=round(100 * other.score))

    return {
        "name": told.get(one.supply_id, "—"),
        "rank": one.rank,
        "score": f"{100 * one.score:.1f}",
        "closeness": f"{100 * one.closeness:.1f}",
        "verdict": one.verdict,
        "plan": one.plan,
        "reasons": [{"said": said, "effect": f"{100 * effect:+.1f}" if effect else ""} for said, effect in one.reasons],
        "filled_by": [given(other, told.get(other.supply_id, "—")) for other in one.filled_by],
        "outbid_by": [given(other, needs.get(other.need_id, "—")) for other in one.outbid_by],
    }


@bp.get("/match-exposure", endpoint="exposure")
@requires("matches.see")
def exposures() -> ResponseReturnValue:
    areas, often_from = current_user.areas_for("matches.see"), preferences().exposure.value
    cells = exposure.cells(areas, often_from)
    shown, region, size = asked_word("shown", Exposure), asked_text("region", 6), asked_word("size", FirmSize)
    page = paged(exposure.supplies(areas, often_from, shown=shown, region=region, size=size))
    return render_template(
        "matching/exposure.html",
        page=page,
        times=exposure.times(page.items),
        firms=exposure.firms(page.items),
        often_from=often_from,
        ties=_(preferences().ties.value.label),
        shown_choices=choices(Exposure),
        region_choices=[(code, regions.region(code).full_name) for code in sorted({one.region_code for one in cells})],
        size_choices=choices(FirmSize),
        by_region=_summed(cells, lambda one: regions.region(one.region_code).full_name),
        by_size=_summed(cells, lambda one: _(one.size.label)),
    )


def _summed(cells: Iterable[ExposureCell], name: Callable[[ExposureCell], str]) -> list[dict[str, object]]:
    """The cells of one name added up."""
    counts: dict[str, Counter[str]] = {}
    for one in cells:
        counts.setdefault(name(one), Counter()).update(supplies=one.supplies, never=one.never, often=one.often)
    return [{"name": name_, **{key: many[key] for key in ("supplies", "never", "often")}} for name_, many in counts.items()]
