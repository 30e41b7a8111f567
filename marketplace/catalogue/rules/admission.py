"""How a provider enters the register, and how it leaves (入库、暂停、出库)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from marketplace.catalogue.lifecycle import PROVIDER, ProviderState, Side
from marketplace.identity.lifecycle import OrganisationState
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.kernel.lifecycle import Move, Word
from marketplace.kernel.typed import checked_reason


class AdmissionDecision(Word):
    """What an officer may do with a provider's file."""

    PASS = "pass", N_("审核通过，发布公示")
    RETURN = "return", N_("退回补正")
    REFUSE = "refuse", N_("不予入库")
    SUSPEND = "suspend", N_("暂停服务")
    LIFT = "lift", N_("恢复服务")
    REMOVE = "remove", N_("出库")

    @property
    def move(self) -> Move:
        """What it is in the life of a provider."""
        return PROVIDER.move("decide" if self is AdmissionDecision.PASS else self.value)


def decisions(state: ProviderState) -> tuple[AdmissionDecision, ...]:
    """What an officer may decide in a state."""
    return tuple(decision for decision in AdmissionDecision if state in decision.move.by[Side.OFFICER])


@dataclass(frozen=True, slots=True)
class Profile:
    """What a provider says of itself."""

    introduction: str
    categories: tuple[str, ...]
    service_regions: tuple[str, ...]
    hotline: str
    website: str = ""
    service_hours: str = ""


def check_profile(profile: Profile, *, categories: Collection[str]) -> None:
    """What is written must be known; what is missing is asked for only when the provider applies.

    Raises: RuleViolation beside the field.
    """
    unknown = [code for code in profile.categories if code not in categories]
    if unknown:
        raise RuleViolation(N_("没有“%(given)s”这个服务类别，请从列表中选择。"), field="categories", given=unknown[0])
    if profile.website and not profile.website.startswith(("http://", "https://")):
        raise RuleViolation(N_("网址请以 http:// 或 https:// 开头。"), field="website")


def missing(profile: Profile) -> dict[str, str]:
    """What an application still lacks: field → sentence."""
    wanted: Mapping[str, tuple[object, str]] = {
        "introduction": (profile.introduction.strip(), N_("请填写机构简介。")),
        "categories": (profile.categories, N_("请至少选择一个服务类别。")),
        "service_regions": (profile.service_regions, N_("请至少选择一个服务区域。")),
        "hotline": (profile.hotline.strip(), N_("请填写服务热线，企业和公众会看到。")),
    }
    return {field: sentence for field, (value, sentence) in wanted.items() if not value}


def check_may_apply(profile: Profile, *, agreed: bool, banned_until: date | None, sanctioned_until: date | None, today: date) -> None:
    """Whether a provider may ask for admission.

    Raises: RuleViolation: banned, sanctioned, incomplete, or without the service agreement.
    """
    if banned_until is not None and today <= banned_until:
        raise RuleViolation(N_("出库处理期至 %(day)s，期满后才能重新申请。"), day=banned_until.isoformat())
    check_credit(sanctioned_until, today=today)
    for field, sentence in missing(profile).items():
        raise RuleViolation(sentence, field=field)
    if not agreed:
        raise RuleViolation(N_("请阅读并同意服务协议后再提交。"), field="agreed")


def check_credit(sanctioned_until: date | None, *, today: date) -> None:
    """Raises: RuleViolation: the organisation is on a credit list (失信)."""
    if sanctioned_until is not None and today <= sanctioned_until:
        raise RuleViolation(N_("该单位在失信惩戒期内（至 %(day)s），期满后才能入库。"), day=sanctioned_until.isoformat())


@dataclass(frozen=True, slots=True)
class Ruling:
    """What an officer decides on a provider, and why."""

    decision: AdmissionDecision
    reason: str
    ban_until: date | None = None  # of who is removed: no application before


def check_decision(ruling: Ruling, *, organisation: OrganisationState, today: date) -> None:
    """Whether an officer may decide so.

    Raises: RuleViolation: without a reason, of an organisation without papers, or with a ban that is over already.
    """
    decision, ban_until = ruling.decision, ruling.ban_until
    if decision not in {AdmissionDecision.PASS, AdmissionDecision.LIFT}:
        checked_reason(ruling.reason, N_("请写明原因，机构会看到。"))
    if decision is AdmissionDecision.PASS and organisation in {
        OrganisationState.DRAFT,
        OrganisationState.RETURNED,
        OrganisationState.SUSPENDED,
    }:
        raise RuleViolation(N_("该单位的基本信息未提交、已退回或已停用，不能通过入库审核。请退回申请，请该单位先补正。"))
    if ban_until is not None and ban_until < today:
        raise RuleViolation(N_("重新申请的限制日期不能早于今天。"), field="ban_until")
