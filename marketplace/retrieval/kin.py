"""Signs as Chinese words use them: which are akin (瓶 and 罐), which contradict, how much each tells. The same for every list."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from marketplace.retrieval.postings import Floats
from marketplace.retrieval.text import Ints, TermPart, kind_of

_ENTRY = re.compile(r"(\D)(\d\d)")
_LETTER = 4.0  # what a letter or digit tells: as much as a usual sign
_CODE = (1 << 21) - 1
_DENIES = "非无不未免"  # on one side alone: 金属 and 非金属
_OPPOSITES = (
    "一二三四五六七八九十百千万两半双单",
    "甲乙丙丁戊己",
    "大小",
    "高低",
    "上下",
    "左右",
    "内外",
    "冷热",
    "前后",
    "正负反",
    "公母",
    "雌雄",
    "男女",
    "干湿",
    "软硬",
    "粗细",
    "长短",
    "薄厚",
    "深浅",
    "轻重",
    "快慢",
    "开关",
    "进出",
    "阴阳",
    "红黄蓝绿白黑紫",
    "东南西北",
    "铜铁铝锌锡铅镁镍钛铬锰钨钠钾钙",
)


@dataclass(frozen=True, slots=True)
class _Signs:
    codes: Ints  # ascending
    tells: Floats
    likeness: csr_matrix

    def places(self, codes: Ints) -> tuple[Ints, Ints]:
        """Which of the codes are known, and where they stand."""
        at = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        mine = np.flatnonzero(self.codes[at] == codes)
        return mine, at[mine]


def likeness(codes: Ints) -> csr_matrix:
    """How alike signs are among each other, 0 to 1, by their code points; none is like itself."""
    signs = _signs()
    mine, at = signs.places(codes)
    inner = signs.likeness[at][:, at].tocoo()
    return csr_matrix((inner.data, (mine[inner.row], mine[inner.col])), shape=(len(codes), len(codes)))


def telling(key: Ints) -> Floats:
    """How much terms tell whatever list they stand in: a sign that few words hold much; of several signs the mean."""
    first, second = _tells((key >> 21) & _CODE), _tells(key & _CODE)
    return np.asarray(np.where(kind_of(key) == TermPart.CHARACTER, second, (first + second) / 2), dtype=np.float64)


def opposites(codes: Ints) -> tuple[csr_matrix, Floats]:
    """Which signs belong to a row of opposites (a column each), and which deny what follows them."""
    at = {code: place for place, code in enumerate(codes.tolist())}
    held = [(at[ord(sign)], row) for row, signs in enumerate(_OPPOSITES) for sign in signs if ord(sign) in at]
    places = ([place for place, _ in held], [row for _, row in held])
    denies = np.isin(codes, np.asarray([ord(sign) for sign in _DENIES], dtype=np.int64))
    return csr_matrix((np.ones(len(held)), places), shape=(len(codes), len(_OPPOSITES))), denies.astype(np.float64)


def _tells(codes: Ints) -> Floats:
    signs = _signs()
    mine, at = signs.places(codes)
    found = np.where(codes < 128, _LETTER, signs.tells.max())
    found[mine] = signs.tells[at]
    return found


@cache
def _signs() -> _Signs:
    text = Path(__file__).with_name("kin.txt").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    codes = np.asarray([ord(sign) for sign, *_ in rows], dtype=np.int64)
    place = {code: at for at, code in enumerate(codes.tolist())}
    pairs = [(at, place[ord(other)], int(share) / 100) for at, row in enumerate(rows) for other, share in _ENTRY.findall(row[2])]
    one, other, share = (np.asarray(column) for column in zip(*pairs, strict=True))
    table = csr_matrix((share, (one, other)), shape=(len(codes), len(codes)))
    return _Signs(codes, np.asarray([int(row[1]) / 10 for row in rows]), csr_matrix(table.maximum(table.T)))
