"""What SMEs are owed: paid month by month, cleared, waiting for a second person, and left off the list."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from marketplace.arrears import service
from marketplace.arrears.lifecycle import DebtorKind
from marketplace.arrears.rules import ArrearWords
from marketplace.arrears.service import TypedArrear
from marketplace.demo.days import REGION, Days, at
from marketplace.demo.known_ids import KnownIds, key_of
from marketplace.demo.timeline import Moment, Step, Story
from marketplace.identity import queries as identity
from marketplace.kernel.money import YUAN, Fen
from marketplace.moves.service import By


@dataclass(frozen=True, slots=True)
class LateDebt:
    """Who owes how much, and for how many days too long when it is registered."""

    debtor: str
    kind: DebtorKind
    yuan: int
    late: int


def owed(ids: KnownIds, days: Days) -> list[Story]:
    """Four sums, each with what became of it."""
    return [_paid_in_parts(ids, days), _cleared(ids, days), _left_off(ids, days), _waiting(ids, days)]


def _paid_in_parts(ids: KnownIds, days: Days) -> Story:
    """A state-owned builder pays by the month; the last week's word is due again."""
    firm, first = "lhasa_concrete", days.near(-75)
    debt = LateDebt("某建筑工程集团（演示）", DebtorKind.STATE_FIRM, 860_000, 140)
    yield Step(at(first, "10:10"), partial(_register, ids, firm, debt))
    yield Step(at(days.after(first, 2), "15:25"), partial(_second, ids, firm, "confirm", ""))
    for offset, yuan, words in _WORDS:
        day = days.near(offset)
        if yuan:
            yield Step(at(day, "09:50"), partial(_plan, ids, firm, yuan))
        yield Step(at(day, "16:10"), partial(_say, ids, firm, yuan, words))


_WORDS = (
    (-64, 200_000, "第一笔已到账，企业确认。"),
    (-57, 0, "建设单位工程款未拨付，已约谈，承诺下月支付。"),
    (-36, 150_000, "第二笔已到账，企业确认。"),
    (-12, 0, "余款写入年底前支付计划，已发催办函。"),
)


def _cleared(ids: KnownIds, days: Days) -> Story:
    firm, first = "steel_lhasa", days.near(-68)
    yield Step(at(first, "10:40"), partial(_register, ids, firm, LateDebt("某县教育局（演示）", DebtorKind.BUREAU, 128_000, 200)))
    yield Step(at(days.after(first, 1), "11:30"), partial(_second, ids, firm, "confirm", ""))
    yield Step(at(days.near(-50), "10:05"), partial(_plan, ids, firm, 128_000))
    yield Step(at(days.near(-43), "16:40"), partial(_say, ids, firm, 128_000, "已全部支付，企业出具收款说明。"))


def _left_off(ids: KnownIds, days: Days) -> Story:
    firm, first = "label_print", days.near(-30)
    yield Step(at(first, "11:20"), partial(_register, ids, firm, LateDebt("某文旅公司（演示）", DebtorKind.LARGE_FIRM, 36_000, 60)))
    words = "双方对验收数量有争议，正在诉讼，待判决后再登记。"
    yield Step(at(days.after(first, 3), "10:30"), partial(_second, ids, firm, "drop", words))


def _waiting(ids: KnownIds, days: Days) -> Story:
    yield Step(
        at(days.ago(2), "15:35"),
        partial(_register, ids, "highland_it", LateDebt("某市信息中心（演示）", DebtorKind.INSTITUTION, 74_500, 45)),
    )


def _id(firm: str) -> UUID:
    return key_of("arrear", firm)


def _register(ids: KnownIds, firm: str, owed: LateDebt, moment: Moment) -> None:
    due = ids.days.near((moment.today - ids.days.today).days - owed.late)
    said = TypedArrear(
        creditor=identity.organisation(ids.organisations[firm]).uscc,
        debtor=owed.debtor,
        debtor_kind=owed.kind.value,
        amount_fen=Fen(owed.yuan * YUAN),
        due_on=due,
        evidence=f"合同 HT-{due:%Y%m}、发票和验收单复印件（演示）",
    )
    service.register(said, (REGION,), by=By(ids.users["officer"], moment.now, _id(firm)))


def _plan(ids: KnownIds, firm: str, yuan: int, moment: Moment) -> None:
    _act(ids, firm, "plan", ArrearWords(Fen(yuan * YUAN), f"{moment.today:%Y-%m}"), "officer", moment)


def _say(ids: KnownIds, firm: str, yuan: int, words: str, moment: Moment) -> None:
    _act(ids, firm, "report", ArrearWords(Fen(yuan * YUAN), words=words), "officer", moment)


def _second(ids: KnownIds, firm: str, verb: str, words: str, moment: Moment) -> None:
    _act(ids, firm, verb, ArrearWords(words=words), "officer_b", moment)


def _act(ids: KnownIds, firm: str, verb: str, given: ArrearWords, login: str, moment: Moment) -> None:
    by = By(ids.users[login], moment.now, key_of(_id(firm), verb, moment.today), given.content())
    getattr(service, verb)(_id(firm), given, by=by)
