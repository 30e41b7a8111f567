"""One word for one thing, as the glossary of docs/style.md has it: in names of the code, in templates, and in English sentences.

Each row: a word, and the rooms that may have it in a name. A room is a capability, or one module of it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.test_architecture import CODE, ROOT, TEMPLATES, tree

pytestmark = [pytest.mark.rules, pytest.mark.real_clock]

MARKETPLACE = ROOT / "marketplace"
ENGLISH = MARKETPLACE / "translations" / "en" / "LC_MESSAGES" / "messages.po"

ABOVE = {"demo", "orders", "oversight", "proofs", "publicity", "reporting", "settlement"}
WHERE = {
    # the provider's; a firm applies
    "claim": ABOVE
    | {"policy", "recomputing", "supervision", "vouchers/rules/rounds", "vouchers/rules/terms", "vouchers/service/spending"},
    # blocks of proofs; the papers of an order are closed
    "seal": {"cli", "kernel", "ledger", "proofs"},
    # a public one; what one user is told is a message (the package and table `notices` are older)
    "notice": {
        "catalogue", "policy", "publicity", "reporting", "settlement", "vouchers/rules/eligibility", "vouchers/rules/rounds",
        "vouchers/models", "notices", "identity/views/account", "kernel/calendar", "matching/rules/pairs", "matching/settings",
    },
    # the two sides of a need and a supply; whoever orders is a firm
    "buyer": {"matching"},
    "seller": {"matching", "demo"},
}  # fmt: skip
NEVER = {  # name: what stands instead
    "log_in": "sign_in", "logout": "sign_out", "log_out": "sign_out", "merchant": "provider", "vendor": "provider",
    "coupon": "voucher", "refund": "recover", "payout": "settle", "firm_id": "enterprise_id", "firm_ids": "enterprise_ids",
    "of_firm": "of_enterprise",
}  # fmt: skip
KEPT = {  # words that have one meaning beside another word: the only names that have them, where they are no class, constant or table
    # the row, its id, and whose row a getter gives; everything else speaks of a firm
    "enterprise": {"enterprise", "enterprises", "enterprise_id", "enterprise_ids", "of_enterprise", "counts_of_enterprise"},
    # what the browser sent; what somebody asked is a command. People ask for passwords too
    "request": {"request_key", "validate_request_key", "request_hash", "password_request", "password_requests"},
}
ROOMS_NEVER = {  # names of modules that say nothing to a stranger
    "ahead", "cast", "child", "door", "helpers", "keeping", "leftover", "misc", "patience", "proving", "readers", "shelf", "showing",
    "shown", "skew", "spelling", "stored", "stuff", "teller", "telling", "util", "utils", "wording",
}  # fmt: skip
NAMED_NEVER = {"found", "wanted", "told", "got", "given", "shown", "stored"}  # a function or class of a module: of what, from where?
SAID_NEVER = re.compile(
    r"\b(log(ged)? (in|out)|coupons?|vendors?|(the|an|no|every|each) enterprises?|(appl\w+|firms?) (to )?claims? (a|the) voucher)\b", re.I
)


def names(path: Path) -> Iterator[str]:
    """Names that a module gives: its own, of functions, classes, arguments, fields and variables."""
    yield path.stem
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def words(name: str) -> set[str]:
    """The words of a name, each in the singular as well."""
    said = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
    return said | {word.removesuffix("s") for word in said}


def room(path: Path) -> str:
    return str(path.relative_to(MARKETPLACE).with_suffix(""))


def test_a_word_of_the_glossary_names_one_thing():
    offenders = [
        f"{path.relative_to(MARKETPLACE)}: {name}: {word} names something else here"
        for path in CODE
        for name in set(names(path))
        for word in words(name) & WHERE.keys()
        if not any(room(path) == one or room(path).startswith(f"{one}/") for one in WHERE[word])
    ]
    assert not offenders, "\n".join(sorted(offenders))


def test_no_name_has_a_word_that_the_glossary_replaces():
    offenders = [
        f"{path.relative_to(MARKETPLACE)}: {name}: say {instead}"
        for path in CODE
        for name in set(names(path))
        for word, instead in NEVER.items()
        if word in words(name) or name == word
    ]
    assert not offenders, "\n".join(sorted(offenders))


def test_of_two_words_for_one_thing_each_has_its_own_meaning():
    found = {(path, name) for path in CODE for name in names(path) if name.islower()}
    said = {(path, name, word) for path, name in found for word in words(name) & KEPT.keys() if name.strip("_") not in KEPT[word]}
    offenders = [f"{path.relative_to(MARKETPLACE)}: {name}: what is {word} here?" for path, name, word in said]
    assert not offenders, "\n".join(sorted(offenders))


def test_no_module_has_a_name_that_says_nothing():
    assert not [str(path.relative_to(MARKETPLACE)) for path in CODE if path.stem in ROOMS_NEVER]


def test_no_function_or_class_of_a_module_is_named_after_nothing():
    inside = [(path, node) for path in CODE for node in tree(path).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert not [f"{path.relative_to(MARKETPLACE)}: {node.name}" for path, node in inside if node.name.lower() in NAMED_NEVER]


def test_templates_of_vouchers_and_orders_name_no_claim_and_no_seal():
    known = re.compile(r"claim_first|may_claim|'claiming'|url_for\('settlement\.|claims?\.|of_claim")
    offenders = [
        f"{path.relative_to(ROOT)}: {line.strip()[:100]}"
        for path in TEMPLATES
        if path.parent.name in {"vouchers", "orders"}
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"(?<![a-z])(claim|seal)", known.sub("", line))
    ]
    assert not offenders, "\n".join(offenders)


def test_english_sentences_use_the_words_of_the_glossary():
    """A firm applies for a voucher: a sentence that says 申领 never says claim, unless it also speaks of 兑付."""
    with ENGLISH.open("rb") as file:
        sentences = [(str(one.id), str(one.string)) for one in read_po(file) if one.id and isinstance(one.id, str)]
    offenders = [f"{id_} → {text}" for id_, text in sentences if SAID_NEVER.search(text)]
    offenders += [f"{id_} → {text}" for id_, text in sentences if "申领" in id_ and "兑付" not in id_ and re.search(r"\bclaim", text, re.I)]
    assert not offenders, "\n".join(offenders)
