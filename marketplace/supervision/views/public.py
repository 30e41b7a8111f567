"""What everybody may read of spot checks: that they are made, by what commitment, and how to draw them again."""

from uuid import UUID

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from marketplace.kernel.db import by_id
from marketplace.kernel.errors import N_, NotFound
from marketplace.supervision import check_rules
from marketplace.supervision.models import SpotDraw
from marketplace.supervision.queries import checks as reads
from marketplace.supervision.views.blueprint import bp
from marketplace.web.access import public
from marketplace.web.layouts import own_layout
from marketplace.web.paging import paged


@bp.get("/spot-checks")
@public
def spot_checks() -> ResponseReturnValue:
    page = paged(reads.published())
    return render_template("supervision/spot_checks.html", layout=own_layout(), page=page, tally=reads.tally(one.id for one in page.items))


@bp.get("/spot-checks/<uuid:draw_id>")
@public
def spot_draw(draw_id: UUID) -> ResponseReturnValue:
    """The commitment from the plan on; names, seed and recipe once it is drawn, of a surprise check once that is over."""
    row = by_id(SpotDraw, draw_id)
    return render_template(
        "supervision/spot_draw.html",
        layout=own_layout(),
        row=row,
        page=paged(reads.entries_of(draw_id)) if row.is_shown else None,
        recipe=check_rules.recipe(row.plan, row.seed, row.commitment) if row.is_shown else "",
    )


@bp.get("/spot-checks/<uuid:draw_id>/entries.txt")
@public
def spot_entries(draw_id: UUID) -> ResponseReturnValue:
    """Who entered, as a text that a program reads: name, amount in fen, weight and why it was drawn, a line each."""
    row = by_id(SpotDraw, draw_id)
    if not row.is_shown:
        raise NotFound(N_("名单在抽取后公布，飞行检查在办结后公布。"))
    lines = [f"{name}\t{fen}\t{weight}\t{why}" for name, fen, weight, why in reads.listed(draw_id)]
    answer = Response("\n".join([*lines, ""]), mimetype="text/plain")
    answer.headers["Content-Disposition"] = f'attachment; filename="{row.number}.txt"'
    return answer
