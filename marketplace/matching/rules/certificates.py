"""Certificates as people write them: ISO9001, ISO 9001:2015 and 质量管理体系认证 are one family, of which there are editions. Pure."""

import re
import unicodedata
from dataclasses import dataclass

_FAMILIES: tuple[tuple[str, str], ...] = (  # the family, and other words for it
    ("iso9001", "gbt19001 iso9000 质量管理体系 质量体系 质量认证"),
    ("iso14001", "gbt24001 环境管理体系 环境体系"),
    ("iso45001", "gbt45001 ohsas18001 职业健康安全管理体系 职业健康安全"),
    ("iatf16949", "ts16949 isots16949 汽车质量管理体系 汽车行业质量管理体系"),
    ("iso22000", "食品安全管理体系"),
    ("iso13485", "医疗器械质量管理体系"),
    ("iso27001", "isoiec27001 gbt22080 信息安全管理体系"),
    ("iso50001", "gbt23331 能源管理体系"),
    ("haccp", "危害分析与关键控制点"),
    ("ccc", "3c 强制性产品认证 中国强制性产品认证"),
    ("食品生产许可", "sc qs 食品生产许可证"),
    ("食品经营许可", "食品经营许可证 食品流通许可证"),
    ("工业产品生产许可", "工业产品生产许可证 全国工业产品生产许可证"),
    ("安全生产许可", "安全生产许可证"),
    ("特种设备生产许可", "特种设备制造许可证 特种设备生产许可证"),
    ("gmp", "药品生产质量管理规范"),
    ("rohs", "欧盟rohs"),
    ("ce", "欧盟ce"),
    ("fsc", "森林认证"),
    ("有机产品", "有机认证 有机食品认证 有机产品认证"),
    ("绿色食品", "绿色食品认证"),
)
_FAMILY_OF = {word: family for family, others in _FAMILIES for word in (family, *others.split())}
_EDITION = re.compile(r"[:-]((?:19|20)\d\d)(?:版)?$|((?:19|20)\d\d)版$")
_ENDINGS = ("证书", "认证", "资质", "体系", "标准")
_APART = re.compile(r"\b(iso/iec|iso/ts|iso|iatf|ohsas|ts|gb\s*/\s*t|gb)\s*(?=\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CertificateKind:
    """A certificate without its day: of a family, perhaps of an edition."""

    family: str
    edition: int | None = None


def kind(name: str) -> CertificateKind:
    """What a name means; what no dictionary knows is a family of its own."""
    plain = "".join(unicodedata.normalize("NFKC", name).casefold().split())
    found = _EDITION.search(plain)
    edition = int(found[1] or found[2]) if found else None
    word = re.sub(r"[/_.]", "", plain[: found.start()] if found else plain)
    while word not in _FAMILY_OF:
        shorter = next((word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending) and word != ending), word)
        if shorter == word:
            break
        word = shorter
    return CertificateKind(_FAMILY_OF.get(word, word), edition)


def covers(held: str, required: str) -> bool:
    """Whether one that is held is of the family, and of the edition asked for or a later one; an edition that is not told is good."""
    have, want = kind(held), kind(required)
    return have.family == want.family and (have.edition is None or want.edition is None or have.edition >= want.edition)


def joined(text: str) -> str:
    """Names that blanks or strokes would tear apart, in one piece: ISO 9001 → ISO9001, GB/T 19001 → GBT19001."""
    return _APART.sub(lambda match: re.sub(r"[\s/]", "", match[1]), unicodedata.normalize("NFKC", text) if _APART.search(text) else text)
