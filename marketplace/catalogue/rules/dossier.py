"""What a fact of the yearly dossier must hold before it counts (年度档案)."""

from dataclasses import dataclass
from datetime import date

from marketplace.catalogue.lifecycle import DossierState
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.typed import checked_reason
from marketplace.policy.dossier import AnswerKind, DossierKind, OrganisationKind, answer_of

FIRST_YEAR = 2000


class Degree(Word):
    NONE = "none", N_("大专以下")
    COLLEGE = "college", N_("大专")
    BACHELOR = "bachelor", N_("本科")
    MASTER = "master", N_("硕士")
    DOCTOR = "doctor", N_("博士")


class ProfessionalTitle(Word):
    """职称."""

    NONE = "none", N_("无职称")
    JUNIOR = "junior", N_("初级")
    INTERMEDIATE = "intermediate", N_("中级")
    SENIOR = "senior", N_("高级")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One answer: where it stands depends on its kind (policy.dossier.AnswerKind)."""

    kind: DossierKind
    year: int
    title: str
    dated_on: date
    number: int | None = None
    issuer: str = ""
    has_file: bool = False
    valid_until: date | None = None  # last day of a paper; None: none is printed


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffFacts:
    """A person who serves firms, with what shows that they can."""

    name: str
    degree: str
    title_level: str
    from_on: date
    position: str = ""
    title_name: str = ""


def kind_of(text: str) -> DossierKind:
    """Raises: RuleViolation: no such fact."""
    if text not in set(DossierKind):
        raise RuleViolation(N_("没有这一项档案内容。"), field="kind")
    return DossierKind(text)


def check_fact(fact: Fact, *, today: date) -> None:
    """Raises: RuleViolation beside the field."""
    if not FIRST_YEAR <= fact.year <= today.year:
        raise RuleViolation(N_("年度请填 %(first)s 至 %(last)s。"), field="year", first=str(FIRST_YEAR), last=str(today.year))
    if fact.dated_on > today:
        raise RuleViolation(N_("日期不能晚于今天。"), field="dated_on")
    answer = answer_of(fact.kind)
    if answer is AnswerKind.YES_NO and fact.number not in {0, 1}:
        raise RuleViolation(N_("请选择“有”或“没有”。"), field="number")
    if answer is AnswerKind.AMOUNT_FEN and (fact.number is None or fact.number < 0):
        raise RuleViolation(N_("请填写金额，单位元。"), field="number")
    if answer is AnswerKind.COUNT and (fact.number is None or fact.number < 0):
        raise RuleViolation(N_("请填写大于或等于 0 的整数。"), field="number")
    if fact.valid_until is not None and fact.valid_until < fact.dated_on:
        raise RuleViolation(N_("有效期止不能早于证明材料的日期。"), field="valid_until")
    if answer is AnswerKind.WORD and fact.title not in set(OrganisationKind):
        raise RuleViolation(N_("请从列表中选择。"), field="title")
    if answer is AnswerKind.ENTRY and not (fact.title.strip() and fact.issuer.strip()):
        raise RuleViolation(N_("请写明名称和颁发部门。"), field="title" if not fact.title.strip() else "issuer")
    if not fact.has_file and not is_denial(fact.kind, fact.number):
        raise RuleViolation(N_("请上传“%(label)s”的证明材料。"), field="file", label=fact.kind.label)


def is_denial(kind: DossierKind, number: int | None) -> bool:
    """Whether the answer says that there is none: nothing to prove."""
    return answer_of(kind) is AnswerKind.YES_NO and number == 0


def check_staff(facts: StaffFacts, *, today: date) -> None:
    """Raises: RuleViolation beside the field."""
    if not facts.name.strip():
        raise RuleViolation(N_("请填写姓名。"), field="name")
    if facts.degree not in set(Degree):
        raise RuleViolation(N_("请选择学历。"), field="degree")
    if facts.title_level not in set(ProfessionalTitle):
        raise RuleViolation(N_("请选择职称级别。"), field="title_level")
    if facts.from_on > today:
        raise RuleViolation(N_("入职日期不能晚于今天。"), field="from_on")


def check_end(from_on: date, until_on: date) -> None:
    """Raises: RuleViolation: left before arriving."""
    if until_on < from_on:
        raise RuleViolation(N_("离职日期不能早于入职日期 %(day)s。"), field="until_on", day=from_on.isoformat())


def check_decision(decision: DossierState, reason: str) -> None:
    """An officer accepts or returns what was declared; an accepted fact may be returned later, when it proves wrong.

    Raises: RuleViolation: no decision, or a return without a reason.
    """
    if decision is DossierState.DECLARED:
        raise RuleViolation(N_("请选择核实意见。"), field="decision")
    if decision is DossierState.RETURNED:
        checked_reason(reason, N_("请写明需要补正的内容。"))
