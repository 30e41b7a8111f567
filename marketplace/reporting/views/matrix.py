"""One measure of spending by two ways, chosen freely: the page with its picture, and the whole as Excel."""

from dataclasses import dataclass, replace

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.exports.offers import ExportedList, offer, short_list
from marketplace.kernel import clock
from marketplace.kernel.currencies import in_sheet
from marketplace.kernel.locales import said
from marketplace.kernel.sheets import CellKind, Column
from marketplace.reporting import queries
from marketplace.reporting.queries import Span, spent
from marketplace.reporting.queries.dimensions import DIMENSIONS
from marketplace.reporting.queries.matrix import REST, Matrix, MatrixLine, Measure, matrix
from marketplace.reporting.views.blueprint import bp
from marketplace.reporting.views.spending import asked_span, misread, said_of, seen_areas
from marketplace.web.access import requires
from marketplace.web.formats import amount
from marketplace.web.forms import choices

ON_PAGE = (50, 12)  # lines and columns by themselves; the table to take away has more
IN_SHEET = (10_000, 250)
HUES = 4  # that a picture may have


def _asked() -> tuple[str, str, Measure]:
    """What stands down, what stands across, what is added up: as the address says, each another."""
    down = request.args.get("down", "")
    down = down if down in DIMENSIONS else "region"
    across = request.args.get("across", "")
    if across not in DIMENSIONS or across == down:
        across = "month" if down != "month" else "region"
    measure = request.args.get("measure", "")
    return down, across, Measure(measure) if measure in set(Measure) else Measure.PAID


def _made(span: Span, most: tuple[int, int]) -> Matrix:
    down, across, measure = _asked()
    found = matrix(span, DIMENSIONS[down], DIMENSIONS[across], measure, most=most, rest=_(REST))
    lines = [replace(line, label=_(line.label)) for line in found.lines]
    return replace(found, heads=[_(head) for head in found.heads], lines=lines)


@bp.get("/spending/matrix")
@requires("spending.see")
def spending_matrix() -> ResponseReturnValue:
    span, (down, across, measure) = asked_span(), _asked()
    found = _made(span, ON_PAGE)
    return render_template(
        "reporting/matrix.html",
        span=span,
        misread={"from": misread("from", span.first), "until": misread("until", span.last)},
        programmes=queries.programmes(seen_areas()),
        ways=[(key, _(one.name)) for key, one in DIMENSIONS.items()],
        measures=choices(Measure),
        down=down,
        across=across,
        measure=measure,
        matrix=found,
        picture=_pictured(found, span, measure),
        as_of=spent.as_of() or clock.now(),
    )


@dataclass(frozen=True, slots=True)
class MatrixBand:
    """A line of the picture: what of it is of which column, from where to where in ten thousandths of the longest."""

    label: str
    text: str
    parts: list[tuple[int, int, int]]  # start, length, hue; 0: the others


@dataclass(frozen=True, slots=True)
class MatrixPicture:
    """Lines as bands of one length a unit, and what each hue is."""

    bands: list[MatrixBand]
    hues: list[tuple[str, int]]


def _pictured(found: Matrix, span: Span, measure: Measure) -> MatrixPicture:
    """The columns that come to most have hues; what is below nought has no length."""
    by_size = sorted(range(len(found.heads)), key=lambda at: -found.totals.cells[at].value)
    hues = {at: hue + 1 for hue, at in enumerate(by_size[:HUES])}
    most = max((1, *(sum(max(0, cell.value) for cell in line.cells) for line in found.lines)))
    named = [(found.heads[at], hue) for at, hue in hues.items()]
    rest = [(_("其他"), 0)] if len(found.heads) > HUES else []
    return MatrixPicture([_band(line, hues, most, span, measure) for line in found.lines], named + rest)


def _band(line: MatrixLine, hues: dict[int, int], most: int, span: Span, measure: Measure) -> MatrixBand:
    lengths = [0] * (HUES + 1)
    for at, cell in enumerate(line.cells):
        lengths[hues.get(at, 0)] += max(0, cell.value)
    parts, start = [], 0
    for hue in (*range(1, HUES + 1), 0):
        if length := lengths[hue] * 10_000 // most:
            parts.append((start, length, hue))
            start += length
    text = amount(line.total.value, span.currency) if measure.is_money else str(line.total.value)
    return MatrixBand(line.label, text, parts)


@offer(bp, "/spending/matrix.xlsx", permission="spending.see", areas=lambda who: who.areas_read("spending.see"))
def spending_matrix_excel() -> ExportedList:
    span, (down, across, measure) = asked_span(), _asked()
    found = _made(span, IN_SHEET)
    kind = CellKind.YUAN if measure.is_money else CellKind.INTEGER
    columns = [Column("label", _(DIMENSIONS[down].name), width=40)]
    columns += [Column(f"c{at}", head, kind, negative=True) for at, head in enumerate([*found.heads, _("合计")])]
    whole = [replace(found.totals, label=_("合计"))] if found.lines else []
    lines = short_list([(line.label, *_cells(line, span, measure)) for line in [*found.lines, *whole]])
    title = "-".join((_("交叉统计"), _(DIMENSIONS[down].name), _(DIMENSIONS[across].name), said(measure.label)))
    return ExportedList(title, columns, lines, f"{title}-{span.last.isoformat()}", said_of(span))


def _cells(line: MatrixLine, span: Span, measure: Measure) -> list[object]:
    values = [cell.value for cell in (*line.cells, line.total)]
    return [in_sheet(value, span.currency) for value in values] if measure.is_money else list(values)
