"""Organisations, users, grants of roles, sessions, attempts to sign in."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship, validates

from marketplace.identity.legal_forms import LegalForm
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.pinyin import initials
from marketplace.identity.roles import DUTIES, Duty, Role, duty_follows_role
from marketplace.kernel import clock
from marketplace.kernel.db import HasId, Model, state_enum
from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import State, Word
from marketplace.kernel.normal_text import findable
from marketplace.kernel.sentences import Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationFacts:
    """What an organisation says of itself."""

    uscc: str
    name: str
    region_code: str
    park_code: str | None = None
    industry_code: str | None = None
    address: str = ""
    legal_representative: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    founded_on: date | None = None
    legal_form: LegalForm | None = None
    group_uscc: str | None = None
    bank_name: str = ""
    bank_account: str = ""


@dataclass(frozen=True, slots=True)
class BureauContact:
    """Whom the public phones about what a bureau does, and about how it does it (监督电话)."""

    name: str
    phone: str
    hours: str = ""
    oversight_phone: str = ""


@dataclass(frozen=True, slots=True)
class UserFacts:
    """Who is to be a user."""

    login: str
    name: str
    phone: str = ""
    email: str = ""


class Organisation(HasId, Model):
    """A legal person. It may be an SME, a provider, a chain leader and an authority at once: those are rows with the same id elsewhere."""

    __tablename__ = "organisations"
    __table_args__ = (
        CheckConstraint("length(uscc) = 18", name="uscc_length"),
        CheckConstraint("length(region_code) = 6", name="region_length"),
        CheckConstraint("park_code IS NULL OR length(park_code) = 6", name="park_length"),
        Index(None, "region_code"),
        Index(None, "park_code"),
        Index(None, "legal_representative"),
        *(Index(None, name) for name in ("group_uscc", "address", "contact_phone", "bank_account")),  # by which associates are found
        Index(None, "name", "id"),
        Index(None, "updated_at"),  # what has changed since a process looked last
    )

    uscc: Mapped[str] = mapped_column(String(18), unique=True)  # 统一社会信用代码 GB 32100-2015, checked
    name: Mapped[str] = mapped_column(String(120))
    name_initials: Mapped[str] = mapped_column(String(120), default="")  # 拉萨雪山水业 → lsxssy, follows the name
    name_key: Mapped[str] = mapped_column(String(240), default="")  # the name as `kernel.normal_text.findable` has it: for searches
    region_code: Mapped[str] = mapped_column(String(6))  # GB/T 2260, where it is now; not read off the credit code
    park_code: Mapped[str | None] = mapped_column(String(6))
    industry_code: Mapped[str | None] = mapped_column(String(4))  # GB/T 4754-2017 class
    address: Mapped[str] = mapped_column(String(200), default="")
    legal_representative: Mapped[str] = mapped_column(String(60), default="")
    contact_name: Mapped[str] = mapped_column(String(60), default="")
    contact_phone: Mapped[str] = mapped_column(String(30), default="")
    contact_hours: Mapped[str] = mapped_column(String(60), default="")  # when a bureau's phone is answered
    oversight_phone: Mapped[str] = mapped_column(String(30), default="", server_default="")  # 监督电话 of a bureau: on its public notices
    founded_on: Mapped[date | None]
    legal_form: Mapped[LegalForm | None] = mapped_column(state_enum(LegalForm, "legal_form_known"))  # None: not said yet
    group_uscc: Mapped[str | None] = mapped_column(String(18))  # controlling firm, for related-party checks
    bank_name: Mapped[str] = mapped_column(String(100), default="")
    bank_account: Mapped[str] = mapped_column(String(40), default="")
    sanctioned_until: Mapped[date | None]  # last day; entered from the credit lists (失信)
    state: Mapped[OrganisationState] = mapped_column(state_enum(OrganisationState, "state_known"), default=OrganisationState.PENDING)
    state_reason_message: Mapped[str] = mapped_column("state_reason", String(500), default="")
    state_reason_values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what fills it in the reader's language
    state_reason: Mapped[Sentence] = composite("state_reason_message", "state_reason_values")
    verified_at: Mapped[datetime | None]
    is_authority: Mapped[bool] = mapped_column(default=False)  # a bureau, finance office or auditor
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)
    version: Mapped[int] = mapped_column(default=1)  # a stale form is refused by it

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 – SQLAlchemy's own name

    @validates("name")
    def _spell(self, _key: str, name: str) -> str:
        self.name_initials = initials(name)[:120]
        self.name_key = findable(name)[:240]
        return name


class UserState(Word):
    ACTIVE = "active", N_("正常")
    SUSPENDED = "suspended", N_("已停用")


class User(HasId, Model):
    """A person who signs in, in one organisation."""

    __tablename__ = "users"
    __table_args__ = (Index("uq_users_id_duty", "id", "duty", unique=True),)  # what grants refer to

    login: Mapped[str] = mapped_column(String(60), unique=True)  # lower case
    name: Mapped[str] = mapped_column(String(60))
    name_key: Mapped[str] = mapped_column(String(120), default="")  # the name as `kernel.normal_text.findable` has it: for searches
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))  # empty: the owner has set none yet
    phone: Mapped[str] = mapped_column(String(30), default="")
    email: Mapped[str] = mapped_column(String(120), default="")
    locale: Mapped[str | None] = mapped_column(String(8))
    state: Mapped[UserState] = mapped_column(state_enum(UserState, "state_known"), default=UserState.ACTIVE)
    state_reason: Mapped[str | None] = mapped_column(String(300))  # why the user was stopped, or let in again
    stopped_by: Mapped[UUID | None]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    duty: Mapped[Duty | None] = mapped_column(String(16))  # of all roles held, or of those held last; None: never had one
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    organisation: Mapped[Organisation] = relationship(lazy="joined")
    grants: Mapped[list["Grant"]] = relationship(
        lazy="selectin", order_by="Grant.created_at", primaryjoin="User.id == Grant.user_id", foreign_keys="[Grant.user_id]"
    )

    # what Flask-Login asks for
    is_authenticated = True
    is_anonymous = False

    @validates("grants")
    def _take_duty(self, _key: str, grant: "Grant") -> "Grant":
        if self.duty is None:
            self.duty = grant.duty
        return grant

    @property
    def is_active(self) -> bool:
        return self.state is UserState.ACTIVE

    @validates("name")
    def _spell(self, _key: str, name: str) -> str:
        self.name_key = findable(name)[:120]
        return name


_NO_AREA = text("area_code IS NULL")


class Grant(HasId, Model):
    """A role given to a user, for an area of authority where the role needs one; the area counts with this role only."""

    __tablename__ = "grants"
    __table_args__ = (
        # a role that is given for an area may be given for several, every other one once
        UniqueConstraint("user_id", "role", "area_code", name="uq_grants_user_role_area"),
        Index("uq_grants_user_role", "user_id", "role", unique=True, sqlite_where=_NO_AREA, postgresql_where=_NO_AREA),
        # one person, one duty: every grant's duty is its user's
        ForeignKeyConstraint(["user_id", "duty"], ["users.id", "users.duty"], name="fk_grants_one_duty"),
        CheckConstraint(duty_follows_role(), name="duty_follows_role"),
        CheckConstraint("(role IN ('officer', 'finance', 'auditor', 'operator')) = (area_code IS NOT NULL)", name="area_follows_role"),
    )

    user_id: Mapped[UUID]
    role: Mapped[Role] = mapped_column(state_enum(Role, "role_known"))
    area_code: Mapped[str | None] = mapped_column(String(6))  # six digits: 540000, 540100, 540102, or a park
    duty: Mapped[Duty] = mapped_column(String(16))  # follows from the role
    granted_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    @validates("role")
    def _follow(self, _key: str, role: Role) -> Role:
        self.duty = DUTIES[role]
        return role


class CodeState(State):
    WAITING = "waiting", N_("待另一位管理员确认"), "amber"  # for a second administrator
    READY = "ready", N_("待打印密码设置单"), "amber"  # a slip may be printed; there is no code yet
    ISSUED = "issued", N_("待本人设置"), "amber"  # the owner holds a code
    USED = "used", N_("本人已设置")
    REFUSED = "refused", N_("未获确认")
    ENDED = "ended", N_("已失效")  # a newer one took its place


class Channel(Word):
    MAIL = "mail", N_("发到本人邮箱")  # to the owner's own address
    SLIP = "slip", N_("打印密码设置单")  # printed and handed over


class Purpose(Word):
    INVITED = "invited", N_("新开账号")
    ASKED = "asked", N_("管理员代为申请")  # an administrator asked for somebody
    FORGOTTEN = "forgotten", N_("本人申请")  # the owner asked on the sign-in page


class PasswordCode(HasId, Model):
    """A way for an owner to set a password: who asked, who confirmed, how it went out, when it was used. The code itself is nowhere."""

    __tablename__ = "password_codes"
    __table_args__ = (
        CheckConstraint("(state IN ('waiting', 'ready', 'issued')) = (live_user_id IS NOT NULL)", name="live_while_open"),
        CheckConstraint("live_user_id IS NULL OR live_user_id = user_id", name="live_is_the_user"),
        CheckConstraint(
            "confirmed_by IS NULL OR (confirmed_by <> user_id AND (requested_by IS NULL OR confirmed_by <> requested_by))",
            name="second_person",
        ),
        CheckConstraint("NOT needs_second OR confirmed_by IS NOT NULL OR code_hash IS NULL", name="confirmed_first"),
        CheckConstraint("(code_hash IS NULL) = (expires_at IS NULL)", name="code_ends"),
        CheckConstraint("state NOT IN ('issued', 'used') OR code_hash IS NOT NULL", name="code_was_made"),
        CheckConstraint("(state = 'used') = (used_at IS NOT NULL)", name="used_once"),
        CheckConstraint("requested_by IS NULL OR requested_by <> user_id", name="not_for_oneself"),
        Index(None, "user_id"),
        Index(None, "used_at"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    live_user_id: Mapped[UUID | None] = mapped_column(unique=True)  # the user while it is under way: one at a time
    purpose: Mapped[Purpose] = mapped_column(state_enum(Purpose, "purpose_known"))
    channel: Mapped[Channel] = mapped_column(state_enum(Channel, "channel_known"))
    state: Mapped[CodeState] = mapped_column(state_enum(CodeState, "state_known"))
    reason: Mapped[str] = mapped_column(String(300))
    requested_by: Mapped[UUID | None]  # None: the owner, or the first administrator's command
    needs_second: Mapped[bool]
    confirmed_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(300), default="")  # why it was refused
    times_issued: Mapped[int] = mapped_column(default=0)
    code_hash: Mapped[str | None] = mapped_column(String(64))  # of the newest code
    printed_by: Mapped[UUID | None]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    user: Mapped[User] = relationship(lazy="joined")


class UserSession(HasId, Model):
    """A sign-in. The cookie holds a random token; its hash stands here, so a stolen table signs nobody in."""

    __tablename__ = "user_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInAttempt(HasId, Model):
    """A failed attempt, counted by login and by address for throttling."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index(None, "login", "at"), Index(None, "address", "at"))

    login: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(45))
    at: Mapped[datetime] = mapped_column(default=clock.now)
