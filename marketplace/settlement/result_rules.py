"""A file of bank results beside the batches it is about, as a whole: what was paid, failed, came back, and what does not agree. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_
from marketplace.kernel.imports import CountedSum, Overview
from marketplace.kernel.normal_text import plain_number
from marketplace.kernel.sentences import Sentence
from marketplace.settlement.lifecycle import LineState, ShortKind

SHOWN = 12  # rows or numbers in one sentence
Key = tuple[str, str]  # printed numbers of batch and claim


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """A row of the file."""

    number: int  # as Excel shows it
    batch: str
    claim: str
    amount_fen: int
    result: str  # paid, partial, deducted, failed, bounced
    account: str = ""  # as the file gives it; empty: it has no such column
    reference: str = ""

    @property
    def key(self) -> Key:
        return self.batch, self.claim


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """A line of a batch that the file is about."""

    batch: str
    claim: str
    currency: str
    asked_fen: int
    account: str
    state: LineState


@dataclass(slots=True)
class _Sum:
    count: int = 0
    sums: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def take(self, line: BatchLine, amount_fen: int) -> None:
        self.count += 1
        self.sums[line.currency] += amount_fen


_LABELS = {
    "matched": N_("对上批次的行"),
    "paid": N_("已付款"),
    "partial": N_("部分支付（实付）"),
    "deducted": N_("扣款（实付）"),
    "left": N_("部分支付和扣款后未付，仍待拨付"),
    "failed": N_("付款失败"),
    "bounced": N_("退汇"),
    "known": N_("以前登记过的行"),
}


def compared(rows: Sequence[ResultRow], lines: Iterable[BatchLine]) -> Overview:
    """What the rows say, and where they differ from the batches they name."""
    known = {(line.batch, line.claim): line for line in lines}
    sums = {name: _Sum() for name in _LABELS}
    for row in rows:
        line = known.get(row.key)
        if line is not None:
            _count(sums, row, line)
    figures = tuple(
        CountedSum(_LABELS[name], one.count, dict(one.sums)) for name, one in sums.items() if one.count or name in {"matched", "paid"}
    )
    return Overview(figures, tuple(_differences(rows, known)))


def _count(sums: Mapping[str, _Sum], row: ResultRow, line: BatchLine) -> None:
    sums["matched"].take(line, line.asked_fen)
    if line.state is not LineState.WAITING and row.result != "bounced":
        sums["known"].take(line, row.amount_fen)
        return
    sums[row.result].take(line, row.amount_fen)
    if row.result in set(ShortKind):
        sums["left"].take(line, line.asked_fen - row.amount_fen)


def _differences(rows: Sequence[ResultRow], known: Mapping[Key, BatchLine]) -> Iterable[Sentence]:
    strangers = [row.number for row in rows if row.key not in known]
    if strangers:
        yield Sentence(N_("%(n)s 行的批次和申请编号平台上没有：第 %(rows)s 行。"), {"n": len(strangers), "rows": _some(strangers)})
    yield from _other_amounts(rows, known)
    yield from _other_accounts(rows, known)
    yield from _used_twice(rows)
    yield from _missing(rows, known)


def _other_amounts(rows: Sequence[ResultRow], known: Mapping[Key, BatchLine]) -> Iterable[Sentence]:
    found = []
    for row in rows:
        line = known.get(row.key)
        if line is not None and row.result in {"paid", "failed"} and row.amount_fen != line.asked_fen:
            amounts = (format_money(row.amount_fen, line.currency), format_money(line.asked_fen, line.currency))
            found.append(f"{row.number}（{row.claim}，{amounts[0]} ≠ {amounts[1]}）")
    if found:
        yield Sentence(N_("%(n)s 行的金额与批次不同（文件 ≠ 批次）：第 %(rows)s 行。"), {"n": len(found), "rows": _some(found)})


def _other_accounts(rows: Sequence[ResultRow], known: Mapping[Key, BatchLine]) -> Iterable[Sentence]:
    named = [row for row in rows if row.key in known]
    found = [f"{row.number}（{row.claim}）" for row in named if is_other_account(row.account, known[row.key].account)]
    if found:
        yield Sentence(N_("%(n)s 行的收款账号与批次不同：第 %(rows)s 行。请先向银行核实。"), {"n": len(found), "rows": _some(found)})


def is_other_account(given: str, own: str) -> bool:
    """Whether a file names another account than the batch; one that names none does not."""
    return bool(given) and plain_number(given) != plain_number(own)


def _used_twice(rows: Sequence[ResultRow]) -> Iterable[Sentence]:
    counted = Counter(plain_number(row.reference) for row in rows if row.reference)
    twice = [f"{row.number}（{row.reference}）" for row in rows if row.reference and counted[plain_number(row.reference)] > 1]
    if twice:
        yield Sentence(N_("%(n)s 行的银行流水号重复：第 %(rows)s 行。一个流水号只能登记一笔。"), {"n": len(twice), "rows": _some(twice)})


def _missing(rows: Sequence[ResultRow], known: Mapping[Key, BatchLine]) -> Iterable[Sentence]:
    """Lines of the same batches that wait, and of which the file says nothing."""
    said = {row.key for row in rows}
    left: dict[str, list[BatchLine]] = defaultdict(list)
    for key, line in known.items():
        if key not in said and line.state is LineState.WAITING:
            left[line.batch].append(line)
    for batch, lines in sorted(left.items()):
        total = format_money(sum(line.asked_fen for line in lines), lines[0].currency)
        facts = {"batch": batch, "n": len(lines), "amount": total, "claims": _some(line.claim for line in lines)}
        yield Sentence(N_("批次 %(batch)s 还有 %(n)s 笔、%(amount)s 元不在文件里：%(claims)s。"), facts)


def _some(items: Iterable[object]) -> str:
    listed = [str(one) for one in items]
    return "、".join(listed[:SHOWN]) + ("……" if len(listed) > SHOWN else "")
