"""From a written name to weighted terms: characters, bigrams, skip-bigrams and the ending of each run.

No dictionary of words: on short product names single characters find what a word list loses. All texts of a
batch are cut at once on one array of code points, so a hundred thousand lines take well under a second.
A term is one integer: kind in the high bits, then two code points of 21 bits each.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

_CODE_BITS = 21
_KIND_SHIFT = 2 * _CODE_BITS
_CODE_MASK = (1 << _CODE_BITS) - 1


class TermPart(IntEnum):
    """What a term is made of."""

    CHARACTER = 0
    BIGRAM = 1
    SKIP = 2  # two characters with one between them
    ENDING = 3  # the last two characters of a run: Chinese names carry the thing itself at the end
    CLASS = 4  # a prefix of the industry class code


# Traditional characters that occur in names of goods and services; a full conversion table is not worth its weight.
_TRADITIONAL = (
    "機電車輛門業產樂藥飲紙製設備買賣務術創網線鋼鐵銅鋁銀錢鏡鎖針釘鍋鏈鋸銑鑄鍛錶鐘頭髮農糧麥麵類飯館養魚雞鴨鵝豬馬驢駝鳥龍龜絲綢織紡"
    "紗綿繩纖維縫紉緞繡襪褲襯裝飾傢櫃檯樓場廠廣東標誌記錄聲響燈燭燒熱涼凍煙礦氣體漿溫濕潔淨滅蟲種樹葉蘋棗櫻薑蔥蘿蔔筍醬鹽醃臘腸乾粵滬"
    "遼寧蘇贛雲貴內長寬圓環輪軸轉動軟強彈膠層殼蓋壓縮濾過篩選檢測驗試計儀調節變頻發纜絕緣導護開關閥閘揚風齒帶條牽運輸貨倉儲碼艦飛衛訊"
    "號編輯數據庫雜報書筆畫圖張盤點醫療診斷劑顆嬰兒遊戲絃圍領鈕釦傘寵飼獸殺磚櫥廚爐臺簾氈塗顏釋黏鍍鋅鈦鎂鎳鉻錳鎢鉬釩"
)
_SIMPLIFIED = (
    "机电车辆门业产乐药饮纸制设备买卖务术创网线钢铁铜铝银钱镜锁针钉锅链锯铣铸锻表钟头发农粮麦面类饭馆养鱼鸡鸭鹅猪马驴驼鸟龙龟丝绸织纺"
    "纱绵绳纤维缝纫缎绣袜裤衬装饰家柜台楼场厂广东标志记录声响灯烛烧热凉冻烟矿气体浆温湿洁净灭虫种树叶苹枣樱姜葱萝卜笋酱盐腌腊肠干粤沪"
    "辽宁苏赣云贵内长宽圆环轮轴转动软强弹胶层壳盖压缩滤过筛选检测验试计仪调节变频发缆绝缘导护开关阀闸扬风齿带条牵运输货仓储码舰飞卫讯"
    "号编辑数据库杂报书笔画图张盘点医疗诊断剂颗婴儿游戏弦围领纽扣伞宠饲兽杀砖橱厨炉台帘毡涂颜释粘镀锌钛镁镍铬锰钨钼钒"
)
_FOLD = str.maketrans(_TRADITIONAL, _SIMPLIFIED)


@lru_cache(maxsize=1 << 18)  # a list is read again with every batch
def normalise(text: str) -> str:
    """One spelling for what reads the same: width, case, common traditional characters; every other sign is a space."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_FOLD)
    return " ".join("".join(sign if sign.isalnum() else " " for sign in folded).split())


@dataclass(frozen=True, slots=True)
class TextTerms:
    """Terms of many texts, one entry per occurrence: `owner[i]` is the position of the text that holds `key[i]`."""

    owner: Ints
    key: Ints

    def of_kinds(self, *kinds: TermPart) -> "TextTerms":
        keep = np.isin(self.key >> _KIND_SHIFT, np.asarray(kinds, dtype=np.int64))
        return TextTerms(self.owner[keep], self.key[keep])


def cut(texts: Sequence[str]) -> TextTerms:
    """All terms of normalised texts. Terms never cross a space."""
    codes = np.frombuffer(("\n".join(texts) + "\n ").encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    ends_text = codes == ord("\n")
    owner = np.cumsum(ends_text) - ends_text
    inside = ~(ends_text | (codes == ord(" ")))
    pair = inside[:-1] & inside[1:]
    triple = pair[:-1] & pair[1:]
    last = np.flatnonzero(inside[:-1] & ~inside[1:])
    before = np.where((last > 0) & inside[last - 1], codes[last - 1], 0)
    parts = (
        (owner[inside], keys(TermPart.CHARACTER, 0, codes[inside])),
        (owner[:-1][pair], keys(TermPart.BIGRAM, codes[:-1][pair], codes[1:][pair])),
        (owner[:-2][triple], keys(TermPart.SKIP, codes[:-2][triple], codes[2:][triple])),
        (owner[last], keys(TermPart.ENDING, before, codes[last])),
    )
    return TextTerms(np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]))


def class_keys(class_code: str) -> list[int]:
    """Terms of an industry class code: division (2 digits), group (3) and class (4), as far as they are given."""
    digits = "".join(sign for sign in class_code if sign.isalnum())
    return [(TermPart.CLASS << _KIND_SHIFT) | (size << _CODE_BITS) | int(digits[:size], 36) for size in (2, 3, 4) if len(digits) >= size]


def keys(kind: TermPart, first: Ints | int, second: Ints) -> Ints:
    return (int(kind) << _KIND_SHIFT) | (np.asarray(first, dtype=np.int64) << _CODE_BITS) | second


def kind_of(key: Ints) -> Ints:
    return np.asarray(key >> _KIND_SHIFT, dtype=np.int64)


def spelled(key: int) -> str:
    """The term as a person would write it: 水泵, 水…泵, …水泵."""
    kind, first, second = TermPart(key >> _KIND_SHIFT), (key >> _CODE_BITS) & _CODE_MASK, key & _CODE_MASK
    if kind is TermPart.CHARACTER:
        return chr(second)
    if kind is TermPart.CLASS:
        return _base36(second).rjust(first, "0")
    left = chr(first) if first else ""
    return {TermPart.BIGRAM: f"{left}{chr(second)}", TermPart.SKIP: f"{left}…{chr(second)}", TermPart.ENDING: f"…{left}{chr(second)}"}[kind]


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits
