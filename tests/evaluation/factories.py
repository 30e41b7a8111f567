"""Platforms and what they declare, for tests."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from marketplace.catalogue.lifecycle import DossierState
from marketplace.catalogue.models import DossierItem, Provider, ProviderStaff
from marketplace.kernel import clock
from marketplace.kernel.db import Model
from marketplace.records.platform_models import Platform, PlatformMember
from marketplace.records.rules import MemberState
from tests.factories import a_provider, stored


def a_platform(name: str = "", *, provider: Provider | None = None, members: int = 0, attribution: str = "both", **facts: Any) -> Platform:
    """A provider that runs a platform, with accepted member bodies since two years."""
    provider = provider or a_provider(**facts)
    platform = stored(Platform(id=provider.id, name=name or "测试平台", attribution=attribution))
    for _ in range(members):
        a_member(platform)
    return platform


def a_member(platform: Platform, provider: Provider | None = None, *, state: str = "accepted", **facts: Any) -> PlatformMember:
    """A member body of a platform since two years, unless said otherwise."""
    usual = {"from_on": clock.today() - timedelta(days=730), "agreement": "合作协议", "proposed_by": UUID(int=1)}
    provider = provider or a_provider(user=False)
    return stored(PlatformMember(platform_id=platform.id, provider_id=provider.id, state=MemberState(state), **usual | facts))


def a_dossier_item(
    provider: Model, kind: str, *, year: int | None = None, number: int | None = 1, title: str = "", state: str = "accepted", **facts: Any
) -> DossierItem:
    """A fact of the yearly dossier: yes, this year, accepted, unless said otherwise."""
    usual = {"dated_on": date(2024, 1, 1), "issuer": "测试单位"}
    return stored(
        DossierItem(
            provider_id=provider.id,  # type: ignore[attr-defined]
            kind=kind,
            year=year or clock.today().year,
            number=number,
            title=title or kind,
            state=DossierState(state),
            **usual | facts,
        )
    )


def some_staff(provider: Model, count: int = 1, *, degree: str = "bachelor", title: str = "intermediate", **facts: Any) -> ProviderStaff:
    """Persons who serve SMEs since 2022."""
    rows = [
        ProviderStaff(
            provider_id=provider.id,  # type: ignore[attr-defined]
            name=f"服务人员{number}",
            degree=degree,
            title_level=title,
            **{"from_on": date(2022, 1, 1)} | facts,
        )
        for number in range(count)
    ]
    return stored(*rows)
