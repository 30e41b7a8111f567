"""One way for each thing: what is built once, and where it stands. Each count here holds what the house has agreed on."""

import ast
import importlib
import re
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

from marketplace.kernel.db import Model
from marketplace.kernel.lifecycle import Life, State, Word
from marketplace.ledger.rules import AccountKind
from tests.test_architecture import CODE, ROOT, place, tree

pytestmark = pytest.mark.real_clock

MARKETPLACE = ROOT / "marketplace"

# Who touches the database

ROOMS = {"service", "queries", "models"}
WORKERS = {"sweep", "queues", "reminders"}  # find what is due and begin the worker's transactions
WHOLE = {"kernel", "ledger", "audit", "cli", "demo"}  # foundations, the two append-only books, and the ends that begin transactions
OTHERS = {
    "app.py": "makes the application",
    "exports/offers.py": "streams a list into a file",
    "exports/writing.py": "streams a list into a file, as a job",
    "notices/reminding.py": "the part of every `reminders` that is the same",
    "oversight/verification.py": "the job that reads everything at one moment",
    "policy/terms.py": "columns and recounting of every row with a due day",
    "web/errors.py": "gives a broken connection back",
    "web/importing.py": "uploads and jobs of every import",
    "web/uploads.py": "the file that came with a form",
    "web/views.py": "health, and a job's progress",
}


def test_who_touches_the_database_is_a_service_a_query_or_a_model():
    """What a module does decides where it stands: contracts and the test of the clock go by these names."""
    offenders = [place(p, min(found)) for p in CODE if not has_a_room(p) and (found := touches_the_database(p))]
    assert not offenders, "move it into `service/` or `queries/`"
    assert not [name for name in OTHERS if not touches_the_database(MARKETPLACE / name)], "no longer: take it off the list"


def has_a_room(path: Path) -> bool:
    inside = path.relative_to(MARKETPLACE)
    return bool((ROOMS | WORKERS) & {path.stem, *inside.parts[1:-1]}) or inside.parts[0] in WHOLE or str(inside) in OTHERS


def touches_the_database(path: Path) -> set[int]:
    """Lines that use the session, or lock a row."""
    used = {n.lineno for n in ast.walk(tree(path)) if isinstance(n, ast.Attribute) and n.attr == "session"}
    taken = [n for n in ast.walk(tree(path)) if isinstance(n, ast.ImportFrom) and n.module == "marketplace.kernel.db"]
    return used | {n.lineno for n in taken if {"db", "found_by", "locked"} & {one.name for one in n.names}}


def test_a_service_with_a_front_is_asked_there():
    """Where `service/__init__.py` hands out what a capability does, nobody imports from the rooms behind it."""
    doors = [p for p in MARKETPLACE.glob("*/service/__init__.py") if any(isinstance(n, ast.ImportFrom) for n in tree(p).body)]
    fronts = [p.parent for p in doors if not any(isinstance(n, ast.FunctionDef) for n in tree(p).body)]
    behind = tuple(".".join(front.relative_to(ROOT).parts) + "." for front in fronts)
    offenders = [
        place(p, n.lineno)
        for p in CODE
        if p.parent not in fronts
        for n in ast.walk(tree(p))
        if isinstance(n, ast.ImportFrom) and (n.module or "").startswith(behind)
    ]
    assert not offenders


# Commands of pages: `carried_out` does the work, shows the refusal and says that it was done

REFUSED_OTHERWISE = {
    "identity/views/sign_in_again.py": 1,  # a session is opened: two transactions, a wrong password is counted in the second
    "identity/views/sign_in.py": 2,
    "identity/views/passwords.py": 1,
    "orders/views/placing.py": 1,  # a price is worked out, nothing is stored
    "proofs/views.py": 1,  # a receipt is checked, nothing is stored
    "vouchers/views/values.py": 1,  # a value may be wrong in several places: each is shown
    "web/forms.py": 2,  # carried_out itself, and the look at the page's mark
    "web/importing.py": 2,  # an import is stored in pieces
}


def test_a_form_shows_a_refusal_in_one_way():
    pages = [path.relative_to(MARKETPLACE) for path in CODE if {"views", "views.py", "web"} & set(path.relative_to(MARKETPLACE).parts)]
    found = Counter(str(path) for path in pages for _ in refusals(MARKETPLACE / path))
    assert dict(found) == REFUSED_OTHERWISE


def refusals(path: Path) -> list[ast.ExceptHandler]:
    """Handlers that put a refusal into a form."""
    handlers = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ExceptHandler)]
    return [one for one in handlers if any(isinstance(n, ast.Attribute) and n.attr == "refuse" for n in ast.walk(one))]


# Words that are written in one way


def test_a_share_becomes_a_percentage_in_one_place():
    found = [place(p, n.lineno) for p in CODE for n in ast.walk(tree(p)) if isinstance(n, ast.JoinedStr) and ends_in_percent(n)]
    assert len(found) == 1, "ask kernel.money.percent"
    assert found[0].startswith("marketplace/kernel/money.py")


def ends_in_percent(text: ast.JoinedStr) -> bool:
    """Whether a number is written with a percent sign behind it."""
    pairs = zip(text.values, text.values[1:], strict=False)
    return any(isinstance(a, ast.FormattedValue) and isinstance(b, ast.Constant) and b.value.lstrip().startswith("%") for a, b in pairs)


def test_a_percent_sign_is_doubled_only_where_values_are_filled_in():
    """A refusal without values is said as it stands."""
    calls = [(p, n) for p in CODE for n in ast.walk(tree(p)) if isinstance(n, ast.Call)]
    refusals_made = [(p, n) for p, n in calls if n.args and isinstance(n.func, ast.Name) and n.func.id in REFUSALS]
    bare = [(p, n) for p, n in refusals_made if not {k.arg for k in n.keywords} - {"field", "code"}]
    assert not [place(p, n.lineno) for p, n in bare if "%%" in ast.unparse(n.args[0])]


REFUSALS = {"RuleViolation", "Conflict", "Denied", "DomainError", "Forbidden"}
OWN_REASON_CHECKS = {"settlement": 2, "cli": 1}  # two have codes of their own; one is click's
REASONS = {"reason", "cut_reason", "answer", "note", "text", "opinion", "document", "considered"}


def test_whether_a_reason_was_written_is_checked_in_one_place():
    found = Counter(p.relative_to(MARKETPLACE).parts[0] for p in CODE for n in ast.walk(tree(p)) if refuses_blank(n))
    assert found - Counter(OWN_REASON_CHECKS) == {"kernel": 1}, "ask kernel.typed.checked_reason"


def refuses_blank(node: ast.AST) -> bool:
    """`if not reason.strip(): raise`, alone or as the last of several conditions."""
    if not isinstance(node, ast.If) or not isinstance(node.body[0], ast.Raise):
        return False
    last = node.test.values[-1] if isinstance(node.test, ast.BoolOp) else node.test
    return ast.unparse(last) in {f"not {name}.strip()" for name in REASONS}


# Accounts

_CODE = re.compile(r"^(appropriation|pool|voucher|order|provider|limit|surrendered):|:(reserved|redeemed|payable|used|simulated)$")
_INSTRUMENTS = {
    "vouchers/instruments.py": "the strategies",
    "policy/programme_words.py": "the words",
    "policy/programme_demands.py": "which tables a programme's file must have",
    "policy/programme_checks.py": "which keys a programme's file may have: read below the package that knows strategies",
}
_DOMAIN = re.compile(r"provider|voucher|programme|claim|enterprise|(?<![a-z])(orders|order_id|rounds|round_id)(?![a-z])", re.IGNORECASE)


def texts(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Strings that a module works with: without what only says something to readers."""
    said = {id(one.value) for one in ast.walk(node) if isinstance(one, ast.Expr)}
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in said:
            yield one.lineno, one.value


def test_account_codes_are_composed_and_read_in_one_module():
    found = {str(p.relative_to(MARKETPLACE)) for p in CODE for _line, text in texts(tree(p)) if _CODE.search(text)}
    assert found == {"vouchers/chart.py"}, "ask `vouchers.chart`"


def test_nobody_asks_which_instrument_a_voucher_is_of():
    """What is true of an instrument is a field of its strategy."""
    found = {str(p.relative_to(MARKETPLACE)) for p in CODE for _line, text in texts(tree(p)) if text in {"quota", "face_value"}}
    found |= {str(p.relative_to(MARKETPLACE)) for p in CODE for node in ast.walk(tree(p)) if is_member(node, "Instrument")}
    assert found == set(_INSTRUMENTS), "ask `vouchers.instruments`"


def is_member(node: ast.AST, of: str) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == of


def test_the_ledger_knows_kinds_of_accounts_and_nothing_of_what_they_are_for():
    kinds = {kind.name for kind in AccountKind} | {kind.value for kind in AccountKind} | {f"Assets:{AccountKind.VOUCHER.value.title()}"}
    said = [(p, *one) for p in CODE if "ledger" in p.parts for one in (*texts(tree(p)), *names(tree(p)))]
    assert [place(p, line) for p, line, text in said if _DOMAIN.search(text) and text not in kinds] == []


def names(node: ast.AST) -> Iterator[tuple[int, str]]:
    for one in ast.walk(node):
        text = next((getattr(one, field) for field in ("id", "attr", "arg", "name") if isinstance(getattr(one, field, None), str)), None)
        if text is not None and hasattr(one, "lineno"):
            yield one.lineno, text


# Typed rows

UNTYPED = {  # package → how many `dict[str, Any]` are left, and what they are; the numbers only shrink
    "app.py": (1, "what templates see"),
    "audit": (8, "JSON of the trail"),
    "catalogue": (7, "answers of a dossier's forms; TOML"),
    "cli": (1, "JSON that is printed"),
    "enterprises": (6, "what templates see"),
    "evaluation": (2, "what templates see"),
    "exports": (4, "the arguments of an address, from JSON"),
    "identity": (7, "what templates and forms see; what fills a sentence, as JSON keeps it; TOML"),
    "kernel": (37, "JSON columns and files of seals, jobs, imports; TOML; what SQLAlchemy takes"),
    "ledger": (14, "rows of tables, as SQLAlchemy takes them"),
    "matching": (14, "JSON columns of a run; a line as the database takes it"),
    "moves": (2, "what templates see; an event's details"),
    "notices": (3, "what fills a sentence, as JSON keeps it"),
    "orders": (11, "what templates see; JSON of a preview and of evidence"),
    "oversight": (2, "JSON of a job; a row for its leaf"),
    "policy": (8, "TOML and frozen rules"),
    "proofs": (4, "a receipt's JSON"),
    "publicity": (1, "what fills a sentence, as JSON keeps it"),
    "records": (3, "JSON of findings; a firm's columns"),
    "reporting": (5, "the arguments of an address"),
    "risk": (1, "what fills a sentence, as JSON keeps it"),
    "subsidies": (1, "JSON of snapshots"),
    "supervision": (3, "what templates see; an event's details; what fills a sentence, as JSON keeps it"),
    "settlement": (7, "what templates see; JSON of checks"),
    "vouchers": (15, "what templates see; JSON of snapshots"),
    "whatif": (4, "JSON of a job; what templates see"),
}


def test_an_untyped_row_stands_only_where_a_library_hands_it_over():
    found = Counter(p.relative_to(MARKETPLACE).parts[0] for p in CODE for _ in range(p.read_text().count("dict[str, Any]")))
    assert {name: count for name, count in found.items() if count > UNTYPED.get(name, (0,))[0]} == {}, "make it a small dataclass"


# Policy files


def test_policy_files_have_one_reader_one_provenance_and_one_engine():
    """`kernel.policyfiles` reads every file of rules, settings and reference tables; what is wrong is said there."""
    readers = {p for p in CODE for n in ast.walk(tree(p)) if isinstance(n, ast.Import) and "tomllib" in {one.name for one in n.names}}
    origins = {p for p in CODE for n in ast.walk(tree(p)) if isinstance(n, ast.ClassDef) and {"document", "clause"} <= names_of(n)}
    engines = {p for p in CODE if "不认识的项" in p.read_text()}
    assert [str(p.relative_to(MARKETPLACE)) for p in (*readers, *origins, *engines)] == [
        "kernel/policyfiles/reading.py",
        "kernel/policyfiles/provenance.py",
        "kernel/policyfiles/reading.py",
    ]


def names_of(made: ast.ClassDef) -> set[str]:
    """What a class declares."""
    return {n.target.id for n in made.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)}


# Words and states

TONES = {"neutral", "blue", "amber", "green", "red"}
SENTENCES = {  # tables by the members of an enumeration that say something else than the name of the member
    "evaluation/rules.py _WANTED": "what a figure lacks",
    "evaluation/views/presenter.py OPERATORS": "what a threshold asks for",
    "kernel/sheets/templates.py _HINTS": "what may be written into a cell",
    "orders/service/ending.py _AHEAD": "what silence brings about",
    "orders/service/ending.py _REASONS": "why an order lapsed, by where it stood",
    "settlement/check_rules.py REMEDIES": "what can be done about a check that lets a claim not pass",
    "settlement/queries/holds.py _OUT": "why a payee is not paid",
    "settlement/views/presenter.py _NEXT": "what comes next for a claim, in words of who asks",
    "settlement/rules.py ACCEPTED_SENTENCES": "what a reviewer is told of an acceptance",
    "reporting/registration_state.py _NEXT": "what can be done once registered",
    "reporting/registration_state.py _TEXTS": "what a registration waits for",
    "reporting/registration_state.py _TASKS": "what is to be done for a registration",
    "vouchers/rules/limits.py _SENTENCES": "whose limit it is, with its year",
    "vouchers/rules/stacking.py _AGAINST": "what stands against a voucher, with what can be done",
    "vouchers/rules/stacking.py _OPEN": "what will be looked up when a firm applies",
}


def test_a_word_says_its_label_itself_and_a_state_its_tone():
    """So a new member is written in one place, and no table forgets it."""
    inside = {str(path.relative_to(MARKETPLACE)): path for path in CODE if path.is_relative_to(MARKETPLACE)}
    modules = {name: importlib.import_module(imported(path)) for name, path in inside.items()}
    found = {f"{at} {name}" for at, module in modules.items() for name in assigned(inside[at]) if gives_words(getattr(module, name, None))}
    assert found == set(SENTENCES)
    words = {kind for module in modules.values() for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Word)}
    assert not [member for kind in words for member in kind if not member.label]
    assert {member.tone for kind in words if issubclass(kind, State) for member in kind} <= TONES


def imported(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def assigned(path: Path) -> set[str]:
    """Names that a module gives a value itself."""
    given = [n for n in tree(path).body if isinstance(n, ast.Assign | ast.AnnAssign)]
    targets = [target for n in given for target in (n.targets if isinstance(n, ast.Assign) else [n.target])]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def gives_words(table: object) -> bool:
    """Members of an enumeration → Chinese words or tones."""
    if not (isinstance(table, dict) and table and all(isinstance(key, StrEnum) for key in table)):
        return False
    words = [word for value in table.values() for word in (value if isinstance(value, tuple) else [value])]
    return all(isinstance(word, str) and (word in TONES or not word.isascii()) for word in words)


# What templates ask: a property of the state or a field of the presenter says it better, and `may_open(endpoint)` knows the permission.
# Times a template compares a state, or names a permission. The lists only shrink.

COMPARED = {
    "catalogue/admission.html": 2,
    "catalogue/dossier.html": 1,
    "catalogue/my_offering.html": 2,
    "catalogue/my_offerings.html": 1,
    "catalogue/own.html": 8,
    "catalogue/review.html": 3,
    "enterprises/edit.html": 1,
    "enterprises/own.html": 4,
    "enterprises/show.html": 2,
    "evaluation/decide_member.html": 1,
    "evaluation/platform.html": 1,
    "exports/index.html": 1,
    "exports/show.html": 1,
    "importing/result.html": 1,
    "matching/run_progress.html": 1,
    "orders/_calculation.html": 1,
    "orders/accept.html": 1,
    "orders/show.html": 3,
    "records/my_report.html": 5,
    "records/report.html": 1,
    "settlement/batch.html": 9,
    "settlement/claim.html": 2,
    "vouchers/application.html": 3,
    "vouchers/applications.html": 2,
    "vouchers/programme.html": 1,
    "vouchers/results.html": 1,
    "vouchers/round.html": 8,
}
PERMITTED: dict[str, int] = {}  # `may_open(endpoint)` knows


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        pytest.param(r"""\bstate(?:\.value)?\s*(?:==|!=|(?:not )?in)\s*(?=['"\[(])""", COMPARED, id="states"),
        pytest.param(r"""\bcan\(\s*['"]""", PERMITTED, id="permissions"),
    ],
)
def test_templates_ask_no_more_of_states_and_permissions_than_they_did(asked, known):
    pages = {str(page.relative_to(ROOT / "templates")): page.read_text() for page in (ROOT / "templates").rglob("*.html")}
    found = {name: len(re.findall(asked, text)) for name, text in pages.items() if not name.startswith("components/")}
    assert {name: count for name, count in found.items() if count > known.get(name, 0)} == {}, "say it by a property or a field"
    mended = {name for name, count in known.items() if count > found.get(name, 0)}
    assert not mended, "fewer now: lower the number"


# Commands and lives


def test_keys_are_kept_in_one_log_beside_the_ledgers_own():
    assert {name for name, table in Model.metadata.tables.items() if "request_hash" in table.c} == {"commands", "ledger_entries"}


# Lines of the product that state a thing's moves: as they are → as a life, each tried. None is lighter, so each stays as it is.
WITHOUT_LIFE = {  # states of rows that move without a life, and why they need none
    "CodeState": "a new code ends an older one, and the owner's form uses it up: hardly a move is anybody's turn",
    "DossierState": "one act, accepted or returned, on three kinds of rows, of a returned person or expert it is nobody's turn; 18 → 42;"
    " `moves.stands_already` says by whom",
    "JobState": "the worker's own: nobody has a turn",
    "LineState": "of a batch's lines: the batch and the bank's answer move them",
    "MeasureState": "of a case's measures: the case moves them",
    "MemberState": "decided once: `moves.decided_already` says by whom; 13 → 40",
    "PublicNoticeState": "opened by what it is about, closed by its day or an objection: nobody has a turn; 5 → 20",
    "ObjectionState": "decided once: `moves.decided_already` says by whom; 13 → 37",
    "OutboxState": "the worker's own: nobody has a turn",
    "PriceState": "its moves stand in the life of its offering",
    "ReviewState": "one act, accepted or returned, on two kinds of rows, and registering anew writes over it: 14 → 47;"
    " `moves.stands_already` says by whom",
    "SignalState": "closed once: `moves.decided_already` says by whom; 15 → 34",
    "SupplyState": "a firm's list is replaced as a whole by the next one, and has no page of its own: +19",
    "UserState": "an account is on or off",
}


def test_what_moves_without_a_life_is_known_with_the_reason():
    """A row's new kind of state stands in a life, unless somebody says here why it needs none."""
    stored = {kind.__name__ for table in Model.metadata.tables.values() if "state" in table.c and (kind := table.c.state.type.enum_class)}
    assert set(WITHOUT_LIFE) == stored - {kind.__name__ for kind in alive()}


def alive() -> set[type]:
    modules = [importlib.import_module(imported(path)) for path in CODE if path.name == "lifecycle.py"]
    lives = [one for module in modules for one in vars(module).values() if isinstance(one, Life)]
    return {type(state) for life in lives for move in life.moves for state in move.to}


def test_moves_between_states_stand_in_lives():
    """A table of transitions beside a life is the same fact twice."""
    moves = re.compile(r"^(_?[A-Z_]*TRANSITIONS\b|def check_\w*transition\b)", re.MULTILINE)
    found = {str(path.relative_to(MARKETPLACE)) for path in CODE if moves.search(path.read_text())}
    assert not found, "write a Move in the capability's lifecycle"
