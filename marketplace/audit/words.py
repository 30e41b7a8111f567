"""Words for what the trail says in codes. Each capability gives its own in its `trail`; what belongs to none stands here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from marketplace.capabilities import modules
from marketplace.kernel.errors import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Codes and their words, marked with N_.

    Attributes:
        nouns: what actions begin with.
        subjects: what else events are about.
        deeds: what happened, as the second half of an action says it; where a life has a word for the whole action, that one is said.
        details: keys of an event's details.
        entries: why an entry was made in the ledger.
        signals: kinds of signals.
        values: by key of the details, codes that stand there.
    """

    nouns: Mapping[str, str] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)
    deeds: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, str] = field(default_factory=dict)
    signals: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


COMMON = Words(
    nouns={"demo": N_("演示数据"), "seal": N_("封存")},
    subjects={"import": N_("导入"), "request": N_("页面请求")},
    deeds={
        "accepted": N_("通过"), "declared": N_("申报"), "added": N_("新增"), "approved": N_("核准"), "asked": N_("发起"),
        "changed": N_("变更"), "closed": N_("结束"), "imported": N_("导入"), "loaded": N_("载入"), "opened": N_("开设"),
        "paid": N_("付款"), "published": N_("公布"), "raised": N_("提出"), "recorded": N_("登记"), "refused": N_("不予通过"),
        "registered": N_("注册"), "rejected": N_("驳回"), "restored": N_("恢复备份后继续"), "returned": N_("退回"),
        "submitted": N_("提交"), "void": N_("作废"), "withdrawn": N_("撤回"),
    },
    details={
        "after": N_("之后"), "area": N_("管辖地区"), "before": N_("之前"), "contract_fen": N_("合同金额"), "decision": N_("决定"),
        "door": N_("页面"), "enterprise": N_("企业"), "enterprise_id": N_("企业"), "file": N_("文件"), "from_on": N_("起始日期"),
        "kept_until": N_("保留至"), "key": N_("项目"), "kind": N_("种类"), "notice": N_("公示"), "organisation": N_("单位"),
        "price_fen": N_("价格"), "provider": N_("服务机构"), "provider_id": N_("服务机构"), "requested_fen": N_("申请金额"),
        "rows": N_("行数"), "set_aside": N_("另存"), "status": N_("应答代码"), "steps": N_("步骤"), "stream": N_("封存内容"),
        "until_on": N_("截止日期"), "value": N_("取值"), "version": N_("版本"), "year": N_("年度"), "action": N_("操作"),
        "amount_fen": N_("金额"), "currency": N_("币种"), "answer": N_("说明"), "area_code": N_("管辖地区"), "document": N_("文号"),
        "dated_on": N_("日期"), "name": N_("名称"), "note": N_("备注"), "number": N_("编号"), "reason": N_("理由"),
        "role": N_("角色"), "source": N_("来源"), "state": N_("状态"), "title": N_("标题"),
    },
)  # fmt: skip


@cache
def everybodys() -> tuple[Words, ...]:
    """The words that are everybody's, then those of each capability."""
    return (COMMON, *(module.TRAIL for module in modules("trail")))


@cache
def said(kind: str) -> Mapping[str, str]:
    """All words of a kind, by code."""
    return {code: word for words in everybodys() for code, word in getattr(words, kind).items()}


@cache
def values(noun: str = "") -> Mapping[str, Mapping[str, str]]:
    """Codes in details and their words, by key; where two mean something else by a code, whoever the noun belongs to is believed."""
    found: dict[str, dict[str, str]] = {"kind": dict(said("signals"))}
    for words in sorted(everybodys(), key=lambda one: noun in one.nouns):
        for key, codes in words.values.items():
            found.setdefault(key, {}).update(codes)
    return found
