"""The house rules, executable. A mistake made twice becomes a check here, with its reason."""

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
CODE = sorted((ROOT / "marketplace").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PYTHON = [*CODE, *TESTS, *sorted((ROOT / "config").rglob("*.py")), ROOT / "wsgi.py", *sorted((ROOT / "migrations").glob("*.py"))]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.*js"))
WRITTEN = [*PYTHON, *TEMPLATES, *SCRIPTS, *sorted((ROOT / "config").rglob("*.toml")), *sorted((ROOT / "static" / "css").rglob("*.css"))]

OWN_NAMES = {"中文"}  # a language is named in itself
CHINESE = re.compile(r"[一-鿿]")

pytestmark = pytest.mark.real_clock


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def place(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


# What the client fixed


def test_the_top_level_is_the_one_the_client_fixed():
    wanted = ["marketplace/", "migrations/", "templates/", "static/", "config/", "tests/", "wsgi.py", "README.md"]
    missing = [name for name in wanted if not ((ROOT / name).is_dir() if name.endswith("/") else (ROOT / name).is_file())]
    assert not missing


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="a copy without its history")
def test_what_is_ignored_is_not_kept():
    """A link to somebody's environment that was kept would take the place of everybody's own."""
    kept = subprocess.run(["git", "ls-files", "-ci", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert kept == "", "git rm --cached"


@pytest.mark.parametrize("package", ["flask", "flask_sqlalchemy", "flask_login", "wtforms", "pytest"])
def test_the_packages_the_client_fixed_are_in_use(package):
    imports = {name for path in PYTHON for name in imported(tree(path))}
    assert any(name == package or name.startswith(f"{package}.") for name in imports)


def test_gunicorn_serves_the_application():
    assert re.search(r"^gunicorn==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert any("gunicorn" in path.read_text() for path in CODE), "`flask serve` starts gunicorn"
    assert (ROOT / "config" / "gunicorn.conf.py").exists()


def test_money_is_recorded_here_and_paid_elsewhere():
    """No payment gateway: the platform records what a bank did, it never moves money itself."""
    gateways = re.compile(
        r"\b(alipay|antom|wechat[-_ ]?pay|weixin[-_ ]?pay|wxpay|tenpay|unionpay|chinaums|lianlianpay|yeepay|pingpp|"
        r"stripe|paypal|braintree|adyen|squareup|razorpay|worldpay)\b|支付宝|微信支付|云闪付",
        re.IGNORECASE,
    )
    read = [*ROOT.glob("requirements*"), ROOT / "pyproject.toml", *WRITTEN]
    found = [
        place(p, n) for p in read if p != Path(__file__) for n, line in enumerate(p.read_text().splitlines(), 1) if gateways.search(line)
    ]
    assert not found


# Tools


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check", "--no-cache", "."], id="ruff"),
        pytest.param(["ruff", "format", "--no-cache", "--check", "."], id="format"),
        pytest.param(["mypy", "--sqlite-cache"], id="mypy"),
        pytest.param(["lint-imports", "--no-cache"], id="packages depend only downwards"),
        pytest.param(["djlint", "templates", "--lint", "--quiet"], id="djlint"),
    ],
)
def test_the_tools_find_nothing(command):
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


# Size


@pytest.mark.parametrize(("paths", "most"), [(PYTHON, 400), (TEMPLATES, 400), (SCRIPTS, 100)], ids=["python", "templates", "scripts"])
def test_a_file_is_short(paths, most):
    long = {str(p.relative_to(ROOT)): n for p in paths if (n := len(p.read_text().splitlines())) > most}
    assert not long


def test_a_function_is_short():
    long = {place(p, f.lineno): n for p in PYTHON for f in functions(tree(p)) if (n := (f.end_lineno or 0) - f.lineno + 1) > 50}
    assert not long


# Transactions, clock, money


def test_only_in_transaction_commits():
    offenders = [p for p in CODE if "session.commit(" in p.read_text() and p != ROOT / "marketplace" / "kernel" / "db.py"]
    assert not offenders


def test_only_the_clock_reads_the_clock():
    """So the demo can tell its past, and a test can stand at any moment."""
    reads = re.compile(r"\b(datetime\.(utc)?now|datetime\.today|date\.today|time\.time)\(")
    offenders = [place(p, n) for p, n, line in lines(CODE) if reads.search(line) and p != ROOT / "marketplace" / "kernel" / "clock.py"]
    assert not offenders


def test_services_and_rules_are_told_the_time():
    stamping = {"audit", "ledger"}  # nobody tells the trail and the ledger when they were written
    told = [p for p in CODE if {"rules", "service"} & {p.stem, p.parent.name} and not stamping & set(p.parts)]
    offenders = [place(p, n) for p, n, line in lines(told) if re.search(r"\bclock\.(now|today)\(", line)]
    assert not offenders


def test_no_float_comes_near_money():
    offenders = [place(p, node.lineno) for p in CODE for node in ast.walk(tree(p)) if is_float_near_money(node)]
    assert not offenders


def is_float_near_money(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        with_money = any(is_money(n) for side in (node.left, node.right) for n in ast.walk(side))
        has_float = any(isinstance(n, ast.Constant) and isinstance(n.value, float) for n in (node.left, node.right))
        return with_money and (has_float or (isinstance(node.op, ast.Div) and is_money(node.left)))
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "float" and any(is_money(n) for a in node.args for n in ast.walk(a))
    if isinstance(node, ast.AnnAssign):
        return is_money(node.target) and "float" in ast.unparse(node.annotation).lower()
    if isinstance(node, ast.arg):
        return node.arg.endswith("_fen") and node.annotation is not None and "float" in ast.unparse(node.annotation)
    return False


def is_money(node: ast.AST) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name.endswith("_fen")


# Input


def test_numbers_days_and_keys_are_read_in_one_way():
    """`isdigit` is true for ², `int` and `UUID` read Arabic digits, a far day overflows: `kernel.typed` and `web.query_string` do it."""
    offenders = [place(p, n.lineno) for p in CODE for n in ast.walk(tree(p)) if is_own_reader(n, p)]
    assert not offenders


def is_own_reader(node: ast.AST, path: Path) -> bool:
    """A digit test or a field of its own, or a converter straight on what a visitor sent: it fails, or reads what it should not."""
    if isinstance(node, ast.Attribute):
        return node.attr in {"isdigit", "isdecimal", "isnumeric"} and path.name != "typed.py"
    if isinstance(node, ast.ImportFrom):
        own = {"IntegerField", "FloatField", "DateField", "DateTimeField"} & {one.name for one in node.names}
        return bool(own) and path.parts[-2:] != ("web", "forms.py")
    if not isinstance(node, ast.Call):
        return False
    reader = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
    sent = any(isinstance(n, ast.Name) and n.id == "request" for argument in node.args for n in ast.walk(argument))
    return sent and reader in {"int", "float", "UUID", "Decimal", "fromisoformat", "strptime"}


def test_nothing_is_looked_for_by_not_in_a_query():
    """PostgreSQL reads the whole inner table for each row of `NOT IN (SELECT …)`; `~exists()` uses its index, and holds with NULLs too."""
    offenders = [place(p, node.lineno) for p in CODE for module in [tree(p)] for node in ast.walk(module) if is_not_in_query(node, module)]
    assert not offenders


def is_not_in_query(node: ast.AST, module: ast.Module) -> bool:
    """Whether a `not_in()` is given a query, or a name that anything in the module binds to one."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"not_in", "notin_"}):
        return False
    names = {n.id for n in ast.walk(node.args[0]) if isinstance(n, ast.Name)}
    bound = [
        a.value for a in ast.walk(module) if isinstance(a, ast.Assign) and names & {t.id for t in a.targets if isinstance(t, ast.Name)}
    ]
    called = {n.id for value in [node.args[0], *bound] for n in ast.walk(value) if isinstance(n, ast.Name)}
    return bool(called & {"select", "union", "union_all"})


# Capabilities


ALIKE = {  # names of several classes, and why; a form is named within its package, for its pages
    "Meta": "options of a form, as the library calls them",
    "Side": "of each life: from where somebody acts",
}


def test_the_name_of_a_class_means_one_thing():
    names = [node.name for path in CODE for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
    twice = {name for name in names if names.count(name) > 1 and not name.endswith("Form")}
    assert twice <= set(ALIKE), "call one of them by what it is"


def test_a_capability_has_one_docstring_at_its_door():
    doors = {p: tree(p) for p in (ROOT / "marketplace").glob("*/__init__.py") if p.parent.name != "cli"}  # which gathers the commands
    offenders = [place(p, 1) for p, door in doors.items() if len(door.body) != 1 or not ast.get_docstring(door)]
    assert not offenders, "`__init__.py` holds one docstring, what the capability is, and no code"


def test_tables_of_another_capability_are_only_read():
    """Whoever wants a row made or changed asks the service of the capability it belongs to."""
    offenders = [place(p, n) for p in CODE if p.parts[-2] != "demo" for n in writes_elsewhere(p)]
    assert not offenders


def writes_elsewhere(path: Path) -> Iterator[int]:
    """Lines that make, insert, update or delete rows of another capability's tables."""
    module, package = tree(path), path.relative_to(ROOT / "marketplace").parts[0]
    foreign = {
        alias.asname or alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and re.fullmatch(rf"marketplace\.(?!{package}\.)\w+\.models(\.\w+)?", node.module or "")
        for alias in node.names
        if hasattr(getattr(importlib.import_module(str(node.module)), alias.name), "__tablename__")
    }
    for call in (node for node in ast.walk(module) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        named = {n.id for argument in call.args[:1] for n in ast.walk(argument) if isinstance(n, ast.Name)}
        if call.func.id in foreign or (call.func.id in {"insert", "update", "delete"} and named & foreign):
            yield call.lineno


# Words


def test_nothing_is_left_for_later():
    later = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    assert not [place(p, n) for p, n, line in lines(WRITTEN) if later.search(line)]


def test_templates_hold_no_style_script_or_handler():
    inline = re.compile(r"\sstyle=|<style|\son[a-z]+=\"|<script(?![^>]*\bsrc=)(?![^>]*application/json)|javascript:")
    assert not [place(p, n) for p, n, line in lines(TEMPLATES) if inline.search(line)]


def test_every_sentence_of_a_template_can_be_translated():
    parse = jinja2.Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"]).parse
    offenders = [place(path, line) for path in TEMPLATES for line in untranslated(parse(path.read_text()))]
    assert not offenders


def untranslated(node: nodes.Node) -> Iterator[int]:
    """Lines with Chinese outside `_()` and `{% trans %}`."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in {"_", "gettext", "ngettext", "pgettext"}:
        return
    said = node.data if isinstance(node, nodes.TemplateData) else node.value if isinstance(node, nodes.Const) else ""
    if CHINESE.search(str(said)) and said not in OWN_NAMES:
        yield node.lineno
    for child in node.iter_child_nodes():
        yield from untranslated(child)


def test_every_sentence_of_a_view_or_form_can_be_translated():
    spoken = [p for p in CODE if {"views", "forms"} & {p.stem, p.parent.name}]
    offenders = [place(path, line) for path in spoken for line in unmarked(tree(path))]
    assert not offenders


def unmarked(node: ast.AST) -> Iterator[int]:
    """Lines with a Chinese text outside the functions that gettext looks for; docstrings, date patterns and data to start from aside."""
    called = node.func if isinstance(node, ast.Call) else None
    if isinstance(called, ast.Name) and called.id in {"_", "_l", "N_", "gettext", "lazy_gettext", "ngettext", "pgettext"}:
        return
    if (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) or (isinstance(node, ast.keyword) and node.arg == "default"):
        return
    said = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    if CHINESE.search(said) and "%Y" not in said and said not in OWN_NAMES:
        yield node.lineno
    for child in ast.iter_child_nodes(node):
        yield from unmarked(child)


# Helpers


def lines(paths: list[Path]) -> Iterator[tuple[Path, int, str]]:
    for path in paths:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            yield path, number, line


def functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def imported(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
