"""How sure one may be that two names mean one thing, 0 to 1: of the two names alone, so that neither the list nor its size moves it.

From .6 about nine of ten first answers are right on labelled lists of product names. Words of asking (请问、我们、急需) are left out.
"""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from marketplace.retrieval.features import NAMES, Pairs, features
from marketplace.retrieval.kin import telling
from marketplace.retrieval.postings import Floats
from marketplace.retrieval.text import normalise

CERTAIN = 0.6
_SURE_FROM = 0.755  # of the names' measure: what is told as .6
_AKIN = 0.3  # a sign that is only akin counts so much
_SHORT = 0.25  # a short name tells less: divided by its length
_OTHER_THING = 0.9  # one name goes on and ends otherwise: 胶 and 胶带
_AGAINST = 0.5  # 金属 and 非金属, 28口 and 38口
_A_KIND_OF = 0.45  # 瓦楞纸箱 is a 纸箱: what stands before is a word of its own
_ANOTHER_WORD = 0.7  # 自行车 is no 行车: one sign before a short word makes another
_SHORT_WORD = 3
_EXCHANGED = 0.8  # 防火门 and 防盗门: a sign stands for another that is not akin to it; long names that are sure bear it
_LITTLE = 0.05
_CLASS = 0.25
_HEAD_AND_CLASS = 0.4
Flags = npt.NDArray[np.bool_]
_ASKING = re.compile(
    "请问|请|你好|您好|谢谢|我们|我司|我公司|本公司|本企业|咱们|公司|企业|单位|工厂|厂家|厂商|供应商|客户|目前|现在|近期|最近|长期|常年|大量|批量|小批量|"
    "一批|一些|若干|部分|各种|各类|相关|有关|等等|急需|急求|急|需要|需求|需|求购|采购|购买|购置|想买|想要|想找|想|要买|寻找|寻求|寻|找|求|提供|供应|"
    "有没有|有无|哪里有|哪里|哪家|谁家|谁有|能够|能不能|能否|可以|可否|是否|希望|打算|计划|优质|质优|价廉|品牌|知名|合格|正规|专业|"
    "就是|这种|这个|那种|那个|一下|一种|一个|帮忙|帮|的|了|吗|呢|吧|啊"
)


def closeness(asked: Sequence[str], told: Sequence[str], same_class: Sequence[bool] = ()) -> Floats:
    """Of each pair of names, one by one."""
    queries, lines = [bare(text) for text in asked], [bare(text) for text in told]
    at = np.arange(len(queries), dtype=np.int64)
    unknown = [""] * len(queries)
    table = features(Pairs(queries, lines, at, at, np.zeros(len(at)), unknown, unknown), telling)
    column = dict(zip(NAMES, table.T, strict=True))
    explained = [column[f"{side}_explained"] + _AKIN * column[f"{side}_akin"] for side in ("query", "line")]
    length = np.asarray([max(min(len(one), len(other)), 2) for one, other in zip(queries, lines, strict=True)])
    measure = np.minimum(*explained) - _SHORT / length
    measure = np.where((column["one_holds_other"] > 0) & (column["same_ending"] == 0), _OTHER_THING * measure, measure)
    measure = np.where((column["opposites_left"] > 0) | (column["numbers_agree"] < 0.5), _AGAINST * measure, measure)
    measure = np.where(column["same_text"] > 0, 1.0, np.clip(measure, 0.0, 1.0))
    sure = np.interp(measure, (0.0, _SURE_FROM, 1.0), (0.0, CERTAIN, 1.0))
    both_left = (column["heaviest_query_left"] > 0) & (column["heaviest_line_left"] > 0)
    exchanged = both_left & (np.minimum(column["query_akin"], column["line_akin"]) < _LITTLE) & (sure < CERTAIN)
    found = _headed(queries, lines, np.where(exchanged, _EXCHANGED * sure, sure))
    return _classed(found, column["same_ending"] == 1.0, np.asarray(same_class, dtype=np.bool_)) if len(same_class) else found


def _classed(sure: Floats, same_head: Flags, same_class: Flags) -> Floats:
    """An equal class makes names that are less than sure a little surer, more where they end in the same word; never sure."""
    more = sure + _CLASS * np.maximum(CERTAIN - sure, 0.0)
    more = np.where(same_head, np.maximum(more, _HEAD_AND_CLASS), more)
    return np.where(same_class, more, sure)


def _headed(queries: Sequence[str], lines: Sequence[str], sure: Floats) -> Floats:
    """Where one name is the end of the other, what stands before it decides."""
    found = sure.copy()
    for at, (one, other) in enumerate(zip(queries, lines, strict=True)):
        short, long = sorted((one.replace(" ", ""), other.replace(" ", "")), key=len)
        before = len(long) - len(short)
        if not before or len(short) < 2 or not long.endswith(short):
            continue
        if before > 1:
            found[at] = max(found[at], _A_KIND_OF)
        elif len(short) <= _SHORT_WORD:
            found[at] *= _ANOTHER_WORD
    return found


def bare(text: str) -> str:
    """A name without words of asking; what consists of nothing else stays."""
    plain = normalise(text)
    return " ".join(_ASKING.sub(" ", plain).split()) or plain
