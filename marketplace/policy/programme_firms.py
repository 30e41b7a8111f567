"""Who may have what a programme gives: conditions on every firm, before classes tell them apart."""

from dataclasses import dataclass, replace

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.kinds import Choices, Flag, Whole
from marketplace.kernel.policyfiles.provenance import Decision, Setting
from marketplace.kernel.policyfiles.reading import decision, key, one
from marketplace.policy.programme_decisions import INDUSTRIES, PARKS, REGIONS, names
from marketplace.policy.programme_stacking import FollowOn, GrantCount, Links, NoStacking
from marketplace.policy.programme_words import Format, SizeClass, Tie, TitleKind

_SECOND = Format.PROGRAMME_2
_PARKS = replace(PARKS, may_be_empty=True)


@dataclass(frozen=True, kw_only=True)
class Associates(Decision):
    """By what organisations count as associated: any of these facts, as the register has them, also over a third one between them."""

    by: tuple[Tie, ...] = key(Choices(N_("认定关联的依据（任一）"), Tie))


@dataclass(frozen=True, kw_only=True)
class Beneficiaries:
    regions: Setting[tuple[str, ...]] = key(one(REGIONS, label=N_("适用地区")))
    parks: Setting[tuple[str, ...]] | None = key(one(_PARKS, label=N_("视同区内的园区"), required=False))
    size_classes: Setting[tuple[SizeClass, ...]] = key(one(Choices(N_("企业规模"), SizeClass)))
    titles: Setting[tuple[TitleKind, ...]] | None = key(one(Choices(N_("须具备的称号"), TitleKind), required=False))
    operating_months: Setting[int] | None = key(
        one(Whole(N_("月数"), 1, 600, show=lambda months: f"{months} 个月"), main="months", label=N_("最低经营时间"), required=False),
        name="operating",
    )
    industries_include: Setting[tuple[str, ...]] | None = key(one(INDUSTRIES, label=N_("限定行业"), required=False))
    industries_exclude: Setting[tuple[str, ...]] | None = key(one(INDUSTRIES, label=N_("排除行业"), required=False))
    lists: Setting[tuple[str, ...]] | None = key(one(names(N_("须列入的名录（任一）"), "lists"), required=False), since=_SECOND)
    lists_excluded: Setting[tuple[str, ...]] | None = key(one(names(N_("不支持列入的名录"), "lists"), required=False), since=_SECOND)
    after: FollowOn | None = key(decision(N_("须先用过的项目"), FollowOn, main="programmes", required=False), since=_SECOND)
    not_with: NoStacking | None = key(decision(N_("不重复享受的项目"), NoStacking, main="programmes", required=False), since=_SECOND)
    count: GrantCount | None = key(decision(N_("每家企业享受的次数"), GrantCount, main="most", required=False), since=_SECOND)
    associated_firms: Associates | None = key(  # these share what a firm may have, and how often
        decision(N_("关联企业合并计算"), Associates, main="by", required=False), since=_SECOND
    )
    associated_providers: Associates | None = key(  # from these a firm does not order
        decision(N_("不得向关联的服务机构用券"), Associates, main="by", required=False), since=_SECOND
    )
    sanctions_check: Setting[bool] = key(one(Flag(N_("核查失信和受限名单"))))

    @property
    def links(self) -> Links:
        """What is said of other programmes."""
        return Links.of(self.after, self.not_with)

    def aid_asked(self, slug: str) -> frozenset[str]:
        """Codes of the programmes of which it asks what a firm was given: where it is counted, its own among them."""
        return self.links.named | ({slug} if self.count else set())
