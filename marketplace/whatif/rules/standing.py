"""What a firm that had a voucher is under changed rules: its class, whether it still meets them, and how much it would be granted.

A rule that did not change is not asked again: a firm that was granted a voucher met it on the day. Only what changed is asked of the
firm's facts, so that unchanged rules give back what was, whatever became of the firm since.
"""

from dataclasses import dataclass, fields
from functools import lru_cache

from marketplace.kernel.money import Fen
from marketplace.policy.programme_decisions import FirmClass
from marketplace.policy.programme_firms import Beneficiaries
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.instruments import strategy_of
from marketplace.vouchers.rules import amounts, classes, eligibility
from marketplace.vouchers.rules.eligibility import RuleResult
from marketplace.vouchers.rules.facts import Eligibility, FirmFacts

_NAMED = frozenset({"key", "label", "provenance"})  # what a class is called and where it stands decides on nobody
_ASKED_BY = {  # settings that a rule of eligibility reads, by its name
    "region": ("regions", "parks"),
    "size": ("size_classes",),
    "titles": ("titles",),
    "operating": ("operating_months",),
    "industry": ("industries_include", "industries_exclude"),
    "listed": ("lists",),
    "not_listed": ("lists_excluded",),
    "after": ("after",),
    "not_with": ("not_with",),
    "sanctions": ("sanctions_check",),
}
_NOT_OF_THE_FILE = frozenset({"verified", "area", "class"})  # of the platform, of the round; the class is looked for by itself


@dataclass(frozen=True, slots=True)
class ChangedRules:
    """Rules and those they take the place of."""

    old: ProgrammeSpec
    new: ProgrammeSpec


@dataclass(frozen=True, slots=True)
class StandingNow:
    """What a firm is under changed rules."""

    class_key: str | None  # None: it would have no voucher
    is_unsure: bool = False  # a fact that a changed rule asks for is not known: the firm keeps its voucher


def asks_facts(change: ChangedRules) -> bool:
    """Whether anything that decides on firms changed."""
    return bool(changed_rules(change)) or _classes(change.old) != _classes(change.new)


@lru_cache(64)
def changed_rules(change: ChangedRules) -> frozenset[str]:
    """Names of the rules of eligibility whose settings differ; a setting that no known rule reads stands for all the others."""
    differ = {one.name for one in fields(Beneficiaries) if _value(change.old, one.name) != _value(change.new, one.name)}
    found = {rule for rule, names in _ASKED_BY.items() if differ & set(names)}
    known = {name for names in _ASKED_BY.values() for name in names}
    return frozenset(found | ({_OTHERS} if differ - known else set()))


_OTHERS = "*"


def _value(spec: ProgrammeSpec, name: str) -> object:
    setting = getattr(spec.beneficiaries, name)
    return getattr(setting, "value", setting)


def _is_asked(rule: str, changed: frozenset[str]) -> bool:
    return rule in changed or (_OTHERS in changed and rule not in _ASKED_BY and rule not in _NOT_OF_THE_FILE)


def _definition(one: FirmClass) -> tuple[object, ...]:
    return tuple(getattr(one, field.name) for field in fields(one) if field.name not in _NAMED)


def _classes(spec: ProgrammeSpec) -> list[tuple[str, tuple[object, ...]]]:
    return [(one.name, _definition(one)) for one in spec.classes]


def standing(change: ChangedRules, class_key: str, facts: FirmFacts | None) -> StandingNow:
    """What a firm that had a voucher of a class is now.

    Args:
        facts: of the day on which the voucher was issued, as far as they are known; None: nothing that decides on firms changed.
    """
    results = _asked_again(change, facts)
    verdict = eligibility.overall(results)
    if verdict is Eligibility.UNMET:
        return StandingNow(None)
    found, is_open = _class(change, class_key, facts)
    return StandingNow(found, is_open or verdict is Eligibility.UNKNOWN)


def _asked_again(change: ChangedRules, facts: FirmFacts | None) -> tuple[RuleResult, ...]:
    changed = changed_rules(change)
    if not changed or facts is None:
        return ()
    return tuple(one for one in eligibility.check_eligibility(change.new, facts) if _is_asked(one.rule, changed))


def _class(change: ChangedRules, class_key: str, facts: FirmFacts | None) -> tuple[str | None, bool]:
    """The first class it belongs to: it was in its own and in none before it, whatever they are called now; others are asked.

    Where none is sure, the first that is open for want of a fact, and that it is.
    """
    known = _classes(change.old)
    names = [name for name, _definition_ in known]
    place = names.index(class_key) if class_key in names else len(names)
    no, yes = {definition for _name, definition in known[:place]}, {definition for _name, definition in known[place : place + 1]}
    maybe: list[str] = []
    for one in change.new.classes:
        definition = _definition(one)
        if definition in no:
            continue
        asked = Eligibility.UNMET if facts is None else classes.standing(one, facts, change.new.slug).verdict
        if definition in yes or asked is Eligibility.MET:
            return one.name, False
        maybe += [one.name] if asked is Eligibility.UNKNOWN else []
    return next(iter(maybe), None), bool(maybe)


def passes_now(change: ChangedRules, checks: dict[str, Eligibility], facts: FirmFacts) -> StandingNow | None:
    """A firm that applied and got nothing: what it would be now; None where a rule that it failed has not changed.

    Args:
        checks: what each rule answered on the day, by its name, as the application keeps it.
    """
    changed = changed_rules(change)
    moved = _classes(change.old) != _classes(change.new)
    again = {one.rule: one.verdict for one in eligibility.check_eligibility(change.new, facts)}
    verdicts = {
        rule: again.get(rule, Eligibility.MET) if _is_asked(rule, changed) or (rule == "class" and moved) else verdict
        for rule, verdict in (dict.fromkeys(again, Eligibility.MET) | checks).items()
    }
    failed = {rule for rule, verdict in checks.items() if verdict is not Eligibility.MET}
    mine = eligibility.class_of(change.new, facts)
    if not failed or mine is None or any(verdict is Eligibility.UNMET for verdict in verdicts.values()):
        return None
    return StandingNow(mine.name, any(verdict is Eligibility.UNKNOWN for verdict in verdicts.values()))


def granted_fen(change: ChangedRules, granted: Fen, *, before: str, after: str) -> Fen:
    """What a voucher would have been granted: who had all that its class may have has all again, who asked for less has no more than that.

    Args:
        before, after: class of the firm.
    """
    if strategy_of(change.new.instrument.value).in_faces:
        return _face(change, granted, before, after)
    most = amounts.quota_fen(change.new, after)
    if most is None:
        return granted
    had_all = strategy_of(change.old.instrument.value).in_faces or granted == amounts.quota_fen(change.old, before)
    return most if had_all else Fen(min(granted, most))


def _face(change: ChangedRules, granted: Fen, before: str, after: str) -> Fen:
    faces = amounts.faces_fen(change.new, after)
    if not faces or granted in faces:
        return granted if faces else Fen(0)
    older = amounts.faces_fen(change.old, before) if strategy_of(change.old.instrument.value).in_faces else (granted,)
    if granted == max(older, default=granted):
        return faces[0]
    if granted not in older:  # the money left was less than a face
        return Fen(min(granted, faces[0]))
    return next((face for face in faces if face <= granted), faces[-1])


def full_grant(spec: ProgrammeSpec, class_key: str) -> Fen:
    """What a firm of a class may be granted at most; nothing where the rules name no amount."""
    if strategy_of(spec.instrument.value).in_faces:
        return next(iter(amounts.faces_fen(spec, class_key)), Fen(0))
    return amounts.quota_fen(spec, class_key) or Fen(0)
