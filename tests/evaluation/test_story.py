"""A platform comes up from nothing: every condition is unknown, then unmet, then met, by forms and imports alone."""

import io

from marketplace.catalogue.models import DossierItem
from marketplace.evaluation import queries
from marketplace.evaluation.rules import Verdict
from marketplace.evaluation.rulesets import ruleset
from marketplace.kernel import clock
from marketplace.kernel.db import db as the_db
from marketplace.policy.dossier import YES_NO_KINDS
from marketplace.records.importers import PAST_SPEC, REPORT_SPEC
from marketplace.records.platform_models import PlatformMember
from tests.factories import a_firm, a_provider, an_expert_user, an_officer, an_operator, user_of
from tests.records.test_views import book, the_report, upload

RULE = "xizang_demonstration_platform"
LEAVES = [c for c in ruleset(RULE).criteria if c.call is not None]
YEAR = 2026


class Story:
    """The people of the story, and what they do in the browser."""

    def __init__(self, browser):
        self.browser = browser
        self.provider, self.officer = a_provider("高原服务中心"), an_officer()
        self.firms = [a_firm() for _ in range(21)]
        self.seen = {c.id: set() for c in LEAVES}

    def as_provider(self):
        self.browser.sign_in(user_of(self.provider))

    def look(self):
        """Note how every condition stands now."""
        assessment = queries.assess(self.provider.id, RULE, YEAR, today=clock.today())
        for criterion in LEAVES:
            self.seen[criterion.id].add(assessment.result(criterion.id).verdict)
        return assessment

    def declare(self, kind, **data):
        where = f"/provider/dossier/{kind}?year={YEAR}"
        self.browser.get(where)
        evidence = (io.BytesIO(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"), "证明.pdf")
        self.browser.post(where, {"dated_on": "2026-01-05", "issuer": "拉萨市经信局", "file": evidence} | data)

    def decide_item(self, kind, decision, reason=""):
        item = (
            the_db.session.query(DossierItem)
            .filter_by(provider_id=self.provider.id, kind=kind)
            .order_by(DossierItem.created_at.desc())
            .first()
        )
        self.browser.sign_in(self.officer)
        self.browser.get(f"/dossier-items/{item.id}")
        self.browser.post(f"/dossier-items/{item.id}", {"decision": decision, "reason": reason})

    def staff(self, count, degree, title):
        for number in range(count):
            self.browser.get("/provider/staff/new")
            person = {"name": f"{degree}{number}", "degree": degree, "title_level": title, "from_on": "2024-01-01"}
            self.browser.post("/provider/staff/new", person)

    def report(self, *rows):
        """By Excel, submitted, accepted by the officer."""
        self.as_provider()
        page = upload(self.browser, "service_report", book(REPORT_SPEC, *rows))
        self.browser.post(page.select_one("form[action$=store]")["action"], {"rows": "all"})
        report = the_report()
        self.browser.get(f"/records/reports/mine/{report.id}")
        self.browser.post(f"/records/reports/mine/{report.id}/submit")
        self.accept(report)

    def past(self, *rows):
        self.browser.sign_in(an_operator())
        page = upload(self.browser, "past_services", book(PAST_SPEC, *rows))
        self.browser.post(page.select_one("form[action$=store]")["action"], {"rows": "all"})
        self.accept(the_report())

    def accept(self, report):
        self.browser.sign_in(self.officer)
        self.browser.get(f"/records/reports/{report.id}")
        self.browser.post(f"/records/reports/{report.id}/decide", {"decision": "accept"})

    def served(self, firm, title, function, **facts):
        usual = {"delivered_on": f"{YEAR}-03-10", "mode": "线下", "fee_kind": "公益性"}
        return {"enterprise_uscc": firm.organisation.uscc, "title": title, "function": function, **usual, **facts}

    def judge(self, who, criterion_id, **data):
        self.browser.sign_in(who)
        where = f"/evaluation/{self.provider.id}/{RULE}/{criterion_id}/judge?year={YEAR}"
        self.browser.get(where)
        self.browser.post(where, {"opinion": "意见"} | data)

    def member(self, name):
        a_provider(name)
        self.as_provider()
        self.browser.get("/evaluation/platform")
        facts = {"member-provider": name, "member-from_on": "2026-01-01", "member-agreement": "合作协议"}
        self.browser.post("/evaluation/platform/members", facts)

    def accept_member(self, name):
        self.browser.sign_in(self.officer)
        rows = the_db.session.query(PlatformMember).all()
        member = next(row for row in rows if row.provider.name == name)
        self.browser.get(f"/evaluation/members/{member.id}")
        self.browser.post(f"/evaluation/members/{member.id}", {"decision": "accept"})


def begins(story):
    """Nothing is known."""
    story.as_provider()
    story.browser.fill("/evaluation/platform", {"name": "高原公共服务平台"})
    story.browser.sign_in(story.officer)
    story.browser.get(f"/evaluation/settings/{RULE}")
    chosen = {"area": "540000", "value": "prefecture", "reason": "以测评为准"}
    where = f"/evaluation/settings/{RULE}/satisfaction_from"
    story.browser.post(where, {f"satisfaction_from-{key}": value for key, value in chosen.items()})
    assert story.look().verdict is Verdict.UNKNOWN


def falls_short(story):
    """Everything is said, and nothing is enough."""
    story.as_provider()
    for kind in YES_NO_KINDS:
        story.declare(kind, number="1" if kind == "large_instruments" else "0")
    story.declare("operating_since", dated_on="2025-06-01")
    story.declare("total_assets", number="500000")
    story.declare("organisation_kind", title="other")
    story.declare("honour", title="县级先进")
    story.staff(4, "none", "none")
    story.report(story.served(story.firms[0], "检测", "技术服务", fee_kind="标准收费", fee="3000"))
    past = {"provider_uscc": story.provider.organisation.uscc, "delivered_on": "2025-06-10"}
    story.past(*[story.served(firm, "宣讲", "信息服务", **past) for firm in story.firms[:2]])
    story.decide_item("honour", "returned", "不是地（市）级以上部门")
    story.member("甲机构")
    story.member("乙机构")
    story.accept_member("甲机构")
    story.judge(story.officer, "basic_2_satisfaction", value="70")
    for criterion_id in ("other_features", "other_prospects"):
        story.judge(an_expert_user(), criterion_id, verdict="unknown")
        story.look()
        story.judge(an_expert_user(), criterion_id, verdict="unmet")
    assert story.look().verdict is Verdict.UNMET


def comes_up(story):
    """Everything is put right."""
    story.as_provider()
    for kind in YES_NO_KINDS:
        story.declare(kind, number="1")
    story.declare("operating_since", dated_on="2020-06-01")
    story.declare("total_assets", number="1500000")
    story.declare("organisation_kind", title="intermediary")
    story.declare("honour", title="市级示范")
    story.staff(6, "bachelor", "intermediate")
    events = [
        ("信息服务", "信息服务活动", 2), ("技术服务", "技术洽谈、检测诊断、推广", 3), ("创业服务", "创业项目洽谈、推介", 2),
        ("融资服务", "银企对接", 2), ("融资服务", "融资知识讲座", 2),
    ]  # fmt: skip
    rows = [
        story.served(story.firms[0], kind, function, activity=f"{kind}第{number}期", activity_kind=kind)
        for function, kind, count in events
        for number in range(count)
    ]
    rows += [story.served(firm, "政策查询", "信息服务") for firm in story.firms[1:]]
    rows += [story.served(firm, "管理培训", "培训服务", person_times="30") for firm in story.firms]
    story.report(*rows)
    story.accept_member("乙机构")
    story.judge(story.officer, "basic_2_satisfaction", value="90")
    for criterion_id in ("other_features", "other_prospects"):
        story.judge(an_expert_user(), criterion_id, verdict="met")


def test_every_condition_is_unknown_then_unmet_then_met(browser):
    story = Story(browser)
    begins(story)
    falls_short(story)
    comes_up(story)

    assert story.look().verdict is Verdict.MET
    missing = {name: seen for name, seen in story.seen.items() if not {Verdict.MET, Verdict.UNMET, Verdict.UNKNOWN} <= seen}
    assert not missing
    story.as_provider()
    page = browser.get("/evaluation/self-check")
    assert page.select_one("h1").parent.select_one(".status").text.strip() == "满足"
