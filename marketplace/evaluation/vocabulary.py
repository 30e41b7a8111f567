"""What rule sets may measure: names, units, parameters, the settings they heed, and what to do when a figure falls short.

A measure counts rows of the platform in the year assessed, unless its docline says otherwise. Services count to a platform by the
setting `attribution`; a firm counts once however often it was served; only firms of medium, small or micro size count as SMEs.
"""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.kernel.errors import N_
from marketplace.policy.dossier import OrganisationKind
from marketplace.policy.programme_words import ServiceFunction
from marketplace.policy.ruleset_spec import MeasureSpec, Value, Vocabulary
from marketplace.records.rules import ActivityKind, Mode

UNITS: dict[str, str] = {  # what stands behind a number
    "years": N_("年"),
    "fen": N_("元"),
    "firms": N_("家"),
    "bodies": N_("家"),
    "bp": "%",
    "items": N_("项"),
    "events": N_("次"),
    "services": N_("次"),
    "persons": N_("人"),
    "person_times": N_("人次"),
    "yes_no": "",
    "word": "",
}

# Settings that measures understand; None: a whole number.
SETTINGS: dict[str, frozenset[str] | None] = {
    "public_benefit_by": frozenset({"services", "firms", "person_times", "fee"}),
    "subsidised_is_low_fee": frozenset({"yes", "no"}),
    "qualified_staff": frozenset({"union", "intersection", "degree", "title"}),
    "satisfied_from_score": None,
    "least_answers": None,
    "satisfaction_from": frozenset({"own", "prefecture", "lower"}),
    "rising": frozenset({"one_step", "two_steps"}),
    "attribution": frozenset({"own", "members", "both"}),
}

_FUNCTIONS = frozenset(ServiceFunction)
_ATTRIBUTED = frozenset({"attribution"})
_REPORT = N_("请让服务机构和集聚机构把已提供的服务按时填报，或通过平台订单、活动签到形成台账。")
_DOSSIER = N_("请在年度档案中填写，并附注明日期的证明材料。")


_NO_NUMBERS = {"word": Value.WORD, "yes_no": Value.YES_NO}


def _spec(
    name: str,
    label: str,
    unit: str,
    remedy: str,
    params: Mapping[str, frozenset[str]] | None = None,
    settings: frozenset[str] = frozenset(),
) -> MeasureSpec:
    return MeasureSpec(name, label, _NO_NUMBERS.get(unit, Value.NUMBER), unit, remedy, params or {}, settings)


_ALL = (
    # of the organisation and its dossier, on the day of the assessment
    _spec("operating_years", N_("运营年限（满整年）"), "years", N_("请在年度档案中填写开始运营的日期并附证明。")),
    _spec("organisation_kind", N_("机构类型"), "word", _DOSSIER),
    _spec("total_assets_fen", N_("资产总额（上年末，经审计）"), "fen", N_("请上传上一年度专项审计报告并填写资产总额。")),
    _spec(
        "honours_prefecture_up",
        N_("地（市）级及以上部门的认定、表彰、资助"),
        "items",
        N_("请在年度档案中登记认定、表彰或资助的文号和日期。"),
    ),
    _spec("service_staff", N_("从事为中小企业服务的人员"), "persons", N_("请在年度档案的人员名单中补全服务人员。")),
    _spec(
        "qualified_staff_share_bp",
        N_("大专及以上学历、中级及以上职称人员占比"),
        "bp",
        N_("请在人员名单中补全学历和职称及其证书。"),
        settings=frozenset({"qualified_staff"}),
    ),
    _spec("dossier", N_("年度档案项目"), "yes_no", _DOSSIER),
    _spec("member_bodies", N_("集聚服务机构"), "bodies", N_("请邀请服务机构加入平台并确认起止日期。")),
    # over service records
    _spec(
        "served_enterprises",
        N_("服务中小企业"),
        "firms",
        _REPORT,
        params={"function": _FUNCTIONS, "mode": frozenset(Mode)},
        settings=_ATTRIBUTED,
    ),
    _spec(
        "served_rising",
        N_("服务企业数量增长"),
        "yes_no",
        N_("请导入往年服务台账并提交审核；数量没有增长的，请核对是否有漏报。"),
        settings=_ATTRIBUTED | {"rising"},
    ),
    _spec(
        "satisfaction_share_bp",
        N_("用户满意度"),
        "bp",
        N_("请提醒企业在验收后评价；对不满意的服务逐项整改并回复。"),
        settings=_ATTRIBUTED | {"satisfied_from_score", "least_answers", "satisfaction_from"},
    ),
    _spec(
        "public_benefit_share_bp",
        N_("公益性、低收费服务占比"),
        "bp",
        N_("请增加公益性或低收费服务，并核对已填报服务的收费类型。"),
        settings=_ATTRIBUTED | {"public_benefit_by", "subsidised_is_low_fee"},
    ),
    _spec("services", N_("服务次数"), "services", _REPORT, params={"function": _FUNCTIONS}, settings=_ATTRIBUTED),
    _spec(
        "activities",
        N_("服务活动"),
        "events",
        N_("请组织活动并在平台签到，或填报已举办的活动（通知、照片、总结）。"),
        params={"function": _FUNCTIONS, "kind": frozenset(ActivityKind)},
        settings=_ATTRIBUTED,
    ),
    _spec("training_person_times", N_("培训人次"), "person_times", N_("请让参训人员签到，或填报培训及签到表。"), settings=_ATTRIBUTED),
)

MEASURES: dict[str, MeasureSpec] = {spec.name: spec for spec in _ALL}
VOCABULARY = Vocabulary(MEASURES, SETTINGS, frozenset(OrganisationKind), frozenset(UNITS))
OPINION_REMEDY = N_("请等待专家评议；评议意见由主管部门录入。")
