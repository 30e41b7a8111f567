"""Where a platform stands: its own page, an area's list, one platform, the rows behind a figure."""

from uuid import UUID

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.evaluation import queries
from marketplace.evaluation.queries import tracing
from marketplace.evaluation.rules import Assessment, CriterionResult, Verdict
from marketplace.evaluation.rulesets import ruleset as ruleset_of
from marketplace.evaluation.views import bp, presenter
from marketplace.exports.offers import ExportedList, of_length, offer
from marketplace.identity import queries as identity
from marketplace.kernel import clock
from marketplace.kernel.counting import counted
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import NotFound
from marketplace.kernel.files import StoredFile
from marketplace.records.queries import openable
from marketplace.web import uploads
from marketplace.web.access import requires
from marketplace.web.layouts import own_layout
from marketplace.web.paging import page_of, paged

PLATFORMS_PER_PAGE = 10  # each is assessed anew
ROWS_PER_PAGE = 50


def _assessed(organisation_id: UUID, ruleset: str | None = None) -> Assessment:
    return queries.assess(organisation_id, ruleset or presenter.ruleset_asked(organisation_id), presenter.year_asked(), today=clock.today())


@bp.get("/evaluation/self-check")
@requires("evaluation.own")
def self_check() -> ResponseReturnValue:
    organisation_id, year = current_user.organisation_id, presenter.year_asked()
    rule, as_of = presenter.ruleset_asked(organisation_id), queries.last_day(year, clock.today())
    looked, platform = queries.look(organisation_id, rule, year, as_of=as_of), queries.platform(organisation_id)
    page = presenter.page(looked.assessment, organisation_id, supposed=presenter.supposed(looked), platform=platform)
    return render_template("evaluation/self_check.html", kept=queries.assessments_of(organisation_id), verdicts=Verdict.labels(), **page)


@bp.get("/evaluation")
@requires("evaluation.see")
def index() -> ResponseReturnValue:
    name, waiting = presenter.ruleset_asked(), request.args.get("waiting") == "1"
    unjudged = (name, presenter.year_asked()) if waiting else None
    wanted = queries.platforms_in(current_user.areas_for("evaluation.see"), request.args.get("q", "").strip()[:60], unjudged=unjudged)
    page = paged(wanted, PLATFORMS_PER_PAGE)
    rows = [(platform, found := _assessed(platform.id), presenter.counts(found)) for platform in page.items]
    return render_template(
        "evaluation/index.html", page=page, rows=rows, rule=ruleset_of(name), year=presenter.year_asked(),
        years=presenter.years(presenter.year_asked()), waiting=waiting,
        proposed=counted(queries.proposed_members(current_user.areas_for("evaluation.see"))),
    )  # fmt: skip


@bp.get("/evaluation/<uuid:organisation_id>")
@requires("evaluation.see")
def show(organisation_id: UUID) -> ResponseReturnValue:
    organisation = presenter.organisation("evaluation.see", organisation_id)
    assessment, platform = _assessed(organisation_id), queries.platform(organisation_id)
    return render_template(
        "evaluation/show.html", platform=platform, organisation=organisation, members=queries.members_of(organisation_id),
        kept=queries.assessments_of(organisation_id), verdicts=Verdict.labels(),
        may_judge=current_user.can("evaluation.judge"), **presenter.page(assessment, organisation_id),
    )  # fmt: skip


def _criterion(organisation_id: UUID, ruleset: str, criterion_id: str) -> tuple[Assessment, CriterionResult]:
    """One condition of an organisation that whoever looks may see. Raises: NotFound."""
    presenter.organisation("evaluation.open", organisation_id)
    assessment = _assessed(organisation_id, ruleset)
    if criterion_id not in {one.id for one in assessment.ruleset.criteria}:
        raise NotFound
    return assessment, assessment.result(criterion_id)


@bp.get("/evaluation/<uuid:organisation_id>/<ruleset>/<criterion_id>")
@requires("evaluation.open")
def criterion(organisation_id: UUID, ruleset: str, criterion_id: str) -> ResponseReturnValue:
    assessment, result = _criterion(organisation_id, ruleset, criterion_id)
    page = page_of(result.rows, ROWS_PER_PAGE)
    views = tracing.rows_behind(page.items)
    records = [view.id for view in views if view.is_record]
    may_open = current_user.can("records.open")
    links = (
        openable(records, organisation_id=current_user.organisation_id, area_codes=current_user.areas_for("records.open"))
        if may_open
        else set()
    )
    return render_template(
        "evaluation/criterion.html", layout=own_layout(), page=page, views=views, links=links, assessment=assessment,
        line=presenter.line(result, assessment.year), organisation=identity.organisation(organisation_id), organisation_id=organisation_id,
        year=assessment.year, rule=assessment.ruleset, is_own=organisation_id == current_user.organisation_id,
        Verdict=Verdict, said=queries.judgements_of(organisation_id, ruleset, assessment.year, criterion_id),
        may_judge=current_user.can("evaluation.judge") and presenter.may_be_judged(result.criterion), settings=_heeded(assessment, result),
    )  # fmt: skip


def _heeded(assessment: Assessment, result: CriterionResult) -> list[tuple[str, str]]:
    """The readings that this figure depends on: (name, how it is read)."""
    heeded = queries.settings_heeded(result.criterion)
    return [(s.name, s.label_of(assessment.settings[s.id])) for s in assessment.ruleset.settings if s.id in heeded]


@offer(bp, "/evaluation/<uuid:organisation_id>/<ruleset>/<criterion_id>/export", permission="evaluation.open")
def criterion_export(organisation_id: UUID, ruleset: str, criterion_id: str) -> ExportedList:
    assessment, result = _criterion(organisation_id, ruleset, criterion_id)
    title = _("%(label)s的依据", label=result.criterion.label)
    name = identity.organisation(organisation_id).name
    filters = _("%(name)s，%(title)s，%(year)s 年", name=name, title=assessment.ruleset.title, year=assessment.year)
    lines = of_length(len(result.rows), lambda: map(tracing.cells, tracing.views_behind(result.rows)))
    return ExportedList(title, tracing.COLUMNS, lines, f"{title}_{assessment.year}", filters)


@bp.get("/evaluation/judgements/<uuid:judgement_id>/file")
@requires("evaluation.open")
def judgement_file(judgement_id: UUID) -> Response:
    row = queries.judgement_seen_by(judgement_id, own_id=current_user.organisation_id, area_codes=current_user.areas_for("evaluation.open"))
    if row.file_id is None:
        raise NotFound
    return uploads.send(by_id(StoredFile, row.file_id))
