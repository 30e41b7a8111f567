"""Providers, their people and yearly dossiers, experts, offerings and their price history."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship, validates

from marketplace.catalogue.lifecycle import DossierState, OfferingState, PriceState, ProviderState
from marketplace.catalogue.rules.dossier import Degree, ProfessionalTitle
from marketplace.catalogue.rules.offerings import OfferingMode
from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.kernel.money import CNY
from marketplace.kernel.normal_text import findable
from marketplace.kernel.sentences import Sentence
from marketplace.policy.fees import FeeKind


class Provider(Model):
    """An organisation as a provider of services."""

    __tablename__ = "providers"
    __table_args__ = (Index(None, "updated_at"),)  # what has changed since a process looked last

    id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    introduction: Mapped[str] = mapped_column(Text, default="")
    categories: Mapped[list[str]] = mapped_column(JSON, default=list)  # keys of config/reference/service_categories.toml
    service_regions: Mapped[list[str]] = mapped_column(JSON, default=list)  # six-digit codes
    hotline: Mapped[str] = mapped_column(String(30), default="")
    service_hours: Mapped[str] = mapped_column(String(60), default="")  # when the hotline answers, in words
    website: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[ProviderState] = mapped_column(state_enum(ProviderState, "state_known"), default=ProviderState.DRAFT)
    state_reason_message: Mapped[str] = mapped_column("state_reason", String(500), default="")
    state_reason_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what fills it in the reader's language
    state_reason: Mapped[Sentence] = composite("state_reason_message", "state_reason_values")
    agreement_signed_at: Mapped[datetime | None]  # service agreement accepted on application
    applied_at: Mapped[datetime | None]
    notice_id: Mapped[UUID | None] = mapped_column(ForeignKey("public_notices.id"))
    admitted_at: Mapped[datetime | None]
    banned_until: Mapped[date | None]  # last day of a ban after removal
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)

    organisation: Mapped[Organisation] = relationship(lazy="joined")


class DossierItem(HasId, Model):
    """One dated fact of a provider's yearly dossier with its evidence: assets, premises, an honour, a charge list, a plan, a pool."""

    __tablename__ = "dossier_items"
    __table_args__ = (Index(None, "provider_id", "year", "kind"), CheckConstraint("number IS NULL OR number >= 0", name="number_positive"))

    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    year: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))  # a DossierKind of policy.dossier, which says where its answer stands
    title: Mapped[str] = mapped_column(String(200))
    number: Mapped[int | None] = mapped_column(BigInteger)  # amount in fen, count …: the kind says which
    dated_on: Mapped[date]
    valid_until: Mapped[date | None]  # last day of a licence or certificate; None: none is printed
    issuer: Mapped[str] = mapped_column(String(120), default="")
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    state: Mapped[DossierState] = mapped_column(state_enum(DossierState, "state_known"), default=DossierState.DECLARED)
    state_reason: Mapped[str] = mapped_column(String(500), default="")
    decided_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class ProviderStaff(HasId, Model):
    """A person of a provider who serves SMEs, with degree and title as evidence of qualification."""

    __tablename__ = "provider_staff"
    __table_args__ = (
        Index(None, "provider_id"),
        CheckConstraint("degree IN ('none', 'college', 'bachelor', 'master', 'doctor')", name="degree_known"),
        CheckConstraint("title_level IN ('none', 'junior', 'intermediate', 'senior')", name="title_known"),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="period_order"),
    )

    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    name: Mapped[str] = mapped_column(String(60))
    position: Mapped[str] = mapped_column(String(60), default="")
    degree: Mapped[Degree] = mapped_column(state_enum(Degree, length=16))
    title_level: Mapped[ProfessionalTitle] = mapped_column(state_enum(ProfessionalTitle, length=16))
    title_name: Mapped[str] = mapped_column(String(60), default="")
    from_on: Mapped[date]
    until_on: Mapped[date | None]  # last day
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    state: Mapped[DossierState] = mapped_column(state_enum(DossierState, "state_known"), default=DossierState.DECLARED)
    state_reason: Mapped[str] = mapped_column(String(500), default="")
    decided_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Expert(HasId, Model):
    """An expert of the region's pool, or of a provider's own pool."""

    __tablename__ = "experts"
    __table_args__ = (Index(None, "provider_id"),)

    name: Mapped[str] = mapped_column(String(60))
    name_key: Mapped[str] = mapped_column(String(120), default="")  # the name as `kernel.normal_text.findable` has it: for searches
    organisation_name: Mapped[str] = mapped_column(String(120), default="")
    field: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(60), default="")
    phone: Mapped[str] = mapped_column(String(30), default="")
    region_code: Mapped[str] = mapped_column(String(6))
    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("providers.id"))
    state: Mapped[DossierState] = mapped_column(state_enum(DossierState, "state_known"), default=DossierState.DECLARED)
    state_reason: Mapped[str] = mapped_column(String(500), default="")
    decided_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    @validates("name")
    def _spell(self, _key: str, name: str) -> str:
        self.name_key = findable(name)[:120]
        return name


class Offering(HasId, Model):
    """A service a provider lists (服务产品): what, for how much, in how long, with what result."""

    __tablename__ = "offerings"
    __table_args__ = (
        CheckConstraint("price_fen > 0", name="price_positive"),
        CheckConstraint("price_fen <= 1000000000000000", name="price_bounded"),
        CheckConstraint("voucher_cap_fen > 0", name="voucher_cap_positive"),
        CheckConstraint("cycle_days > 0", name="cycle_positive"),
        CheckConstraint("mode IN ('online', 'offline', 'both')", name="mode_known"),
        CheckConstraint("fee_kind IN ('low_fee', 'standard')", name="fee_kind_known"),  # what costs nothing is no offering
        CheckConstraint("length(currency) = 3", name="currency_code"),
        CheckConstraint("review_total BETWEEN review_count AND 5 * review_count", name="reviews_one_to_five"),
        Index(None, "provider_id"),
        Index(None, "state", "category"),
        Index(None, "updated_at"),  # what has changed since a process looked last
    )

    number: Mapped[str] = mapped_column(String(24), unique=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    title: Mapped[str] = mapped_column(String(120))
    category: Mapped[str] = mapped_column(String(40))
    summary: Mapped[str] = mapped_column(String(300), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    deliverables: Mapped[str] = mapped_column(Text, default="")  # what the firm holds in hand at the end
    price_fen: Mapped[int] = mapped_column(BigInteger)  # listed price, tax included
    currency: Mapped[str] = mapped_column(String(3), default=CNY, server_default=CNY)  # in which it is listed, ordered and paid
    voucher_cap_fen: Mapped[int | None] = mapped_column(BigInteger)  # most that a voucher bears of one order (用券上限); None: none settled
    price_unit: Mapped[str] = mapped_column(String(20), default="项")
    cycle_days: Mapped[int]  # natural days from contract to delivery
    mode: Mapped[OfferingMode] = mapped_column(state_enum(OfferingMode, length=16), default=OfferingMode.BOTH)
    fee_kind: Mapped[FeeKind] = mapped_column(state_enum(FeeKind, length=20), default=FeeKind.STANDARD)  # orders keep it as it was then
    discount_note: Mapped[str] = mapped_column(String(200), default="")  # what small and micro firms pay less
    search_text: Mapped[str] = mapped_column(Text, default="")  # pinyin and synonyms, for search
    review_count: Mapped[int] = mapped_column(default=0)  # counted by orders, which keeps the reviews
    review_total: Mapped[int] = mapped_column(default=0)  # sum of their scores, one to five each
    state: Mapped[OfferingState] = mapped_column(state_enum(OfferingState, "state_known"), default=OfferingState.DRAFT)
    state_reason: Mapped[str] = mapped_column(String(500), default="")
    listed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)
    version: Mapped[int] = mapped_column(default=1)

    provider: Mapped[Provider] = relationship(lazy="joined")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class OfferingPrice(HasId, Model):
    """A price an offering had or is proposed to have; rows are added, never changed back."""

    __tablename__ = "offering_prices"
    __table_args__ = (Index(None, "offering_id", "created_at"), CheckConstraint("price_fen > 0", name="price_positive"))

    offering_id: Mapped[UUID] = mapped_column(ForeignKey("offerings.id"))
    price_fen: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[PriceState] = mapped_column(state_enum(PriceState, "state_known"))
    answer: Mapped[str] = mapped_column(String(300), default="")
    proposed_by: Mapped[UUID | None]
    decided_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_at: Mapped[datetime | None]
