"""Roles, and which permission each carries. One table: an auditor reads it in a minute."""

from collections.abc import Iterable
from enum import StrEnum

from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word


class Role(Word):
    SME = "sme", N_("中小企业")
    PROVIDER = "provider", N_("服务机构")
    CHAIN_LEADER = "chain_leader", N_("链主企业")
    OFFICER = "officer", N_("主管部门")  # bureau, in an area of authority
    FINANCE = "finance", N_("财政部门")
    AUDITOR = "auditor", N_("审计")  # reads everything, changes nothing; may void a contract of a match
    OPERATOR = "operator", N_("运营机构")  # runs the platform for the bureau
    EXPERT = "expert", N_("专家")
    SYSTEM_ADMIN = "system_admin", N_("系统管理员")
    SECURITY_ADMIN = "security_admin", N_("安全管理员")
    AUDIT_ADMIN = "audit_admin", N_("审计管理员")


SEPARATED = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})  # 三员分立: nobody holds two
GUARDED = SEPARATED | {Role.OFFICER, Role.FINANCE, Role.AUDITOR}  # money, security, audit: a new way in takes a second administrator
COLLEAGUE_ROLES = frozenset({Role.SME, Role.PROVIDER, Role.CHAIN_LEADER})  # a user may pass these on inside the own organisation
AREA_ROLES = frozenset({Role.OFFICER, Role.FINANCE, Role.AUDITOR, Role.OPERATOR})  # a grant of these names an area


class Duty(StrEnum):
    """Work that one person does and none of the others: who asks does not decide, who decides does not pay, who pays does not check."""

    FIRM = "firm"
    OFFICER = "officer"
    FINANCE = "finance"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    EXPERT = "expert"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


# Roles of one duty may be held together, roles of two never. The service, the form and the database's constraint read this table.
DUTIES: dict[Role, Duty] = {
    Role.SME: Duty.FIRM,
    Role.PROVIDER: Duty.FIRM,
    Role.CHAIN_LEADER: Duty.FIRM,
    Role.OFFICER: Duty.OFFICER,
    Role.FINANCE: Duty.FINANCE,
    Role.AUDITOR: Duty.AUDITOR,
    Role.OPERATOR: Duty.OPERATOR,
    Role.EXPERT: Duty.EXPERT,
    Role.SYSTEM_ADMIN: Duty.SYSTEM_ADMIN,
    Role.SECURITY_ADMIN: Duty.SECURITY_ADMIN,
    Role.AUDIT_ADMIN: Duty.AUDIT_ADMIN,
}


def may_hold(held: Iterable[Role], role: Role) -> bool:
    """Whether one person may hold a role beside others."""
    return {DUTIES[one] for one in held} <= {DUTIES[role]}


def duty_follows_role() -> str:
    """The same table as a condition of SQL, for the constraint on grants."""
    alike: dict[Duty, list[str]] = {}
    for role, duty in DUTIES.items():
        alike.setdefault(duty, []).append(f"'{role}'")
    return " OR ".join(f"(duty = '{duty}' AND role IN ({', '.join(roles)}))" for duty, roles in alike.items())


_S, _P, _C, _O, _F, _A, _OP, _E = (
    Role.SME, Role.PROVIDER, Role.CHAIN_LEADER, Role.OFFICER, Role.FINANCE, Role.AUDITOR, Role.OPERATOR, Role.EXPERT,
)  # fmt: skip
_SYS, _SEC, _AUD = Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN
_ALL = frozenset(Role)

PERMISSIONS: dict[str, frozenset[Role]] = {
    # identity
    "account.own": _ALL,
    "home.see": _ALL,
    "notices.own": _ALL,
    "users.manage_own": frozenset({_S, _P, _C, _O}),  # colleagues of one's own organisation
    "bureau.contact": frozenset({_O}),  # the phone that everybody in the area sees
    "users.manage": frozenset({_SYS}),
    "passwords.confirm": frozenset({_SYS, _SEC, _AUD}),  # the second person for a new password of who decides on money, security or audit
    "roles.grant": frozenset({_SEC}),
    "security.log": frozenset({_AUD, _SEC}),
    # enterprises
    "enterprise.own": frozenset({_S, _C}),
    "enterprises.see": frozenset({_O, _OP, _A, _F}),
    "enterprises.verify": frozenset({_O}),
    "enterprises.import": frozenset({_O, _OP}),
    # catalogue
    "provider.own": frozenset({_P}),
    "providers.see": frozenset({_O, _OP, _A}),
    "providers.review": frozenset({_O}),
    "providers.import": frozenset({_O, _OP}),
    "offerings.own": frozenset({_P}),
    "offerings.review": frozenset({_O, _OP}),
    "publicity.manage": frozenset({_O}),
    # policy
    "calendar.see": frozenset({_O, _F, _A, _OP, _SYS}),
    "calendar.edit": frozenset({_O, _OP}),
    "programmes.see": frozenset({_O, _F, _A, _OP}),
    "programmes.manage": frozenset({_O}),
    # vouchers
    "rounds.see": frozenset({_O, _F, _A, _OP}),
    "rounds.manage": frozenset({_O}),
    "appropriations.record": frozenset({_F}),
    "vouchers.apply": frozenset({_S}),
    "vouchers.own": frozenset({_S}),
    "vouchers.review": frozenset({_O}),
    # agreements
    "agreements.open": frozenset({_P, _O, _F, _A, _OP}),  # one contract of a bureau: one's own, or of one's own area
    # orders
    "orders.place": frozenset({_S}),
    "orders.buy": frozenset({_S}),  # see, cancel, accept, rate one's own
    "orders.fulfil": frozenset({_P}),
    "orders.see": frozenset({_O, _F, _A, _OP}),
    "orders.decide": frozenset({_O}),  # on a delivery that is disputed or met with silence
    "orders.open": frozenset({_S, _P, _O, _F, _A, _OP}),  # one order: its parties', or of one's own area
    "orders.act": frozenset({_S, _P}),  # what either party may do with an order of theirs
    # settlement
    "claims.own": frozenset({_P}),
    "claims.see": frozenset({_O, _F, _A, _OP}),
    "claims.open": frozenset({_P, _S, _O, _F, _A, _OP}),  # one claim: one's own, as asker or as payee, or of one's own area
    "claims.appeal": frozenset({_P, _S}),
    "claims.review": frozenset({_O}),
    "payments.see": frozenset({_F, _O, _A}),
    "payments.prepare": frozenset({_F}),
    "payments.approve": frozenset({_F}),
    "payments.record": frozenset({_F}),
    "statements.own": frozenset({_S, _P}),  # what came and went of one's own money in a period
    "recoveries.own": frozenset({_S, _P}),  # what one's own organisation has to pay back
    # records and evaluation
    "records.own": frozenset({_P}),
    "records.see": frozenset({_O, _OP, _A}),
    "records.open": frozenset({_P, _O, _OP, _A}),  # one record: one's own, or of one's area
    "reports.own": frozenset({_P}),
    "reports.review": frozenset({_O}),
    "records.import": frozenset({_O, _OP}),
    "evaluation.own": frozenset({_P}),
    "evaluation.see": frozenset({_O, _A, _OP, _E}),
    "evaluation.judge": frozenset({_O, _E}),
    "evaluation.settings": frozenset({_O}),
    "evaluation.open": frozenset({_P, _O, _A, _OP, _E}),  # the rows behind a figure: one's own, or of one's area
    "platforms.review": frozenset({_O}),
    # matching
    "chains.see": frozenset({_O, _A, _OP, _C}),
    "chains.manage": frozenset({_O}),
    "needs.own": frozenset({_C}),
    "needs.see": frozenset({_O, _A, _OP}),
    "supplies.own": frozenset({_S}),
    "supplies.survey": frozenset({_O, _OP}),
    "matching.run": frozenset({_C, _O}),
    "matching.follow": frozenset({_C, _S, _O}),  # one's own matches; a bureau those of its area
    "matching.sign": frozenset({_C, _S}),  # register and confirm a contract: the two sides alone
    "matching.void": frozenset({_O, _A}),  # the one thing an auditor may change: a new row takes a contract's counting away
    "matches.own": frozenset({_C, _S}),
    "matches.see": frozenset({_O, _A, _OP}),
    # supervision
    "cases.see": frozenset({_O, _A}),
    "cases.handle": frozenset({_O}),  # open, investigate, find
    "cases.decide": frozenset({_O}),  # another person than who found, and a third one on an appeal
    "tips.export": frozenset({_A}),  # what became of tips, without who sent them and what they wrote
    "checks.see": frozenset({_O, _A, _E}),
    "checks.plan": frozenset({_O}),  # say what is sampled, and draw it
    "checks.do": frozenset({_O, _E}),  # look at what was drawn
    "social.appoint": frozenset({_O}),  # social supervisors: appoint, invite to a check, end
    "social.own": frozenset({_S, _P, _C, _E}),  # as a social supervisor: what one was invited to, and what one saw
    "cases.own": frozenset({_S, _P, _C}),  # decisions about one's own organisation, and appealing them
    # oversight and reporting
    "ledger.see": frozenset({_A, _F, _O}),
    "ledger.verify": frozenset({_A, _AUD}),
    "decisions.recompute": frozenset({_A}),
    "trail.see": frozenset({_A, _AUD}),
    "spending.see": frozenset({_O, _F, _A, _OP}),
    "arrears.see": frozenset({_O, _F, _A}),
    "arrears.manage": frozenset({_O}),  # register what SMEs are owed, confirm another's, plan, say how it stands
    "performance.see": frozenset({_O, _F, _A}),
    "performance.manage": frozenset({_O}),  # enter targets, confirm another's, watch, score, sign another's
    "risk.see": frozenset({_O, _A}),
    "risk.close": frozenset({_O}),
    "jobs.own": _ALL,
    "exports.own": _ALL,  # files asked for; each list's own permission is asked again at the file
    "system.health": frozenset({_SYS}),
}


def permitted(roles: frozenset[Role], permission: str) -> bool:
    """Whether any of the roles carries the permission. An unknown name is a mistake of ours."""
    return bool(roles & PERMISSIONS[permission])
