"""Keys that people read and no rule turns on, in two words, and the programme that says them."""

import json

from marketplace.policy.programme_file import PROGRAMMES, load_programme, thaw
from marketplace.policy.programme_spec import ProgrammeSpec
from tests.policy.amount_cases import ORIGIN, XIZANG

FREIGHT = load_programme(PROGRAMMES / "xizang_outbound_freight.toml")
SHOWN = {  # what people read, in two words; no rule turns on it: to be seen on the public page
    "slug": ("one_voucher", "other_voucher"),
    "name": ("甲市服务券", "乙市服务券"),
    "name_en": ("Voucher of One", "Voucher of Another"),
    "kind": ("service", "compute"),
    "authority": ("甲市工信局", "乙市工信局"),
    "note": ("试行一年。", "试行两年。"),
    "classes.label": ("小店", "作坊"),
    "beneficiaries.after.label": ("甲券", "乙券"),
    "beneficiaries.not_with.label": ("丙券", "丁券"),
    "criteria.label": ("需求紧迫", "方案可行"),
    "evidence_fields.label": ("运单编号", "货单编号"),
    "lists.label": ("甲名录", "乙名录"),
    "parts.label": ("城区配额", "县域配额"),
}


def named_so(key: str, word: str) -> ProgrammeSpec:
    """The programme of Xizang with a word of its own at a key."""
    if key == "evidence_fields.label":
        return thaw(FREIGHT.frozen().replace("运单号", word))
    document = json.loads(XIZANG.frozen()) | {"format": ProgrammeSpec.FORMAT, "slug": "another_voucher"}
    document["lists"] = {"one": {"label": "名录", **ORIGIN}}
    document["beneficiaries"]["lists"] = {"value": ["one"], **ORIGIN}
    other = {"programmes": [XIZANG.slug], "label": "券", **ORIGIN}
    document["beneficiaries"] |= {"after": {"stage": "used", **other}, "not_with": {"span": "year", **other}}
    table, _, name = key.rpartition(".")
    scored = {"label": "需求", "most_points": 10, "weight_bp": 10_000, **ORIGIN}
    if table == "criteria":
        document["allocation"] |= {"mode": {"value": "competitive_score", **ORIGIN}, "scorers": {"value": 1, **ORIGIN}}
        document["criteria"] = {"need": scored}
    if table == "parts":
        document |= {"parts_unused": {"value": "stay", **ORIGIN}, "parts": {"other": {"label": "乙", "classes": ["medium"], **ORIGIN}}}
        document["parts"]["one"] = {"label": "甲", "classes": ["micro_small"], **ORIGIN}
    rows = {
        "parts": document.get("parts", {}).get("one"),
        "": document,
        "classes": document["classes"]["micro_small"],
        "lists": document["lists"]["one"],
        "criteria": scored,
    }
    rows |= {f"beneficiaries.{name}": document["beneficiaries"][name] for name in ("after", "not_with")}
    rows[table][name] = word
    return thaw(json.dumps(document))
