"""One box for every number: where the money behind it stands."""

from flask import render_template
from flask.typing import ResponseReturnValue

from marketplace.oversight.queries import finding
from marketplace.oversight.views import bp
from marketplace.oversight.views.scope import areas
from marketplace.web.access import requires
from marketplace.web.query_string import asked_text


@bp.get("/find")
@requires("ledger.see")
def find() -> ResponseReturnValue:
    text = asked_text("q")
    hits = finding.find(text, areas("ledger.see"))
    return render_template("oversight/find.html", text=text, hits=hits, more=finding.more_than_shown(hits), most=finding.MOST)
