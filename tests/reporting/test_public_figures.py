"""The front page tells figures that were counted a while ago, says of when they are, and they equal the rows of that moment."""

from marketplace.kernel import clock as the_clock
from marketplace.reporting import queries
from marketplace.reporting.service import public_figures
from marketplace.reporting.sweep import sweep
from tests.factories import a_firm, a_provider


def swept() -> int:
    return sweep(now=the_clock.now())


def test_stored_figures_equal_the_rows_of_their_moment(db, clock, app):
    a_firm()
    assert public_figures.front(now=the_clock.now()).counts == queries.counts(), "nobody has counted yet: counted at once"
    assert swept() == 1
    first = public_figures.front(now=the_clock.now())
    assert first.counts == queries.counts()

    a_firm()
    a_provider()
    assert swept() == 0, "they are of a moment ago"
    assert public_figures.front(now=the_clock.now()) == first
    clock.shift(minutes=app.config["FIGURES_MINUTES"] + 1)
    assert swept() == 1
    second = public_figures.front(now=the_clock.now())
    assert second.counts == queries.counts() != first.counts
    assert second.as_of > first.as_of


def test_figures_of_another_version_are_counted_anew(db):
    a_firm()
    db.session.add(public_figures.StoredFigure(name=public_figures.FRONT, values={"visitors": 1}, as_of=the_clock.now()))
    db.session.flush()
    assert public_figures.front(now=the_clock.now()).counts == queries.counts()
    clock_now = the_clock.now()
    assert public_figures.front(now=clock_now).as_of == clock_now


def test_the_front_page_says_of_when_its_figures_are(browser, clock):
    a_firm()
    swept()
    a_firm()
    clock.shift(minutes=3)
    page = browser.get("/front")
    assert "截至 2026-03-16 10:00" in page.text
