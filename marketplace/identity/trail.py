"""What the trail calls users, roles and organisations."""

from marketplace.audit.words import Words
from marketplace.identity.legal_forms import LegalForm
from marketplace.identity.models import Channel, Purpose
from marketplace.identity.roles import Role
from marketplace.kernel.errors import N_

TRAIL = Words(
    nouns={"access": N_("越权办理"), "organisation": N_("单位"), "role": N_("角色授权"), "user": N_("用户")},
    subjects={"password_code": N_("密码申请")},
    deeds={
        "password_voided": N_("原密码作废"), "active": N_("恢复使用"), "suspended": N_("暂停"), "granted": N_("授予"),
        "revoked": N_("收回授权"), "sign_in_failed": N_("登录失败"), "signed_in": N_("登录"), "signed_out": N_("退出"),
        "password_asked": N_("申请设置密码"), "password_changed": N_("修改密码"), "password_code_failed": N_("设置码不对"),
        "password_code_issued": N_("发出设置码"), "password_confirmed": N_("确认密码申请"), "password_forgotten": N_("申请找回密码"),
        "password_refused": N_("不予确认密码申请"), "password_reset": N_("重置密码"), "password_set": N_("用设置码设置密码"),
    },
    details={
        "address": N_("地址"), "asked_by": N_("申请人"), "channel": N_("送达方式"), "code": N_("拒绝原因代码"),
        "confirmed_by": N_("确认人"), "fields": N_("修改的栏目"), "printed_by": N_("打印人"), "purpose": N_("用途"),
        "second": N_("第二人"), "until": N_("截止日期"), "uscc": N_("统一社会信用代码"), "login": N_("登录名"),
        "bank_account": N_("银行账号"), "bank_name": N_("开户银行"), "contact_name": N_("联系人"), "contact_phone": N_("联系电话"),
        "founded_on": N_("成立日期"), "group_uscc": N_("控股单位信用代码"), "industry_code": N_("所属行业"),
        "legal_form": N_("组织形式"), "legal_representative": N_("法定代表人"), "park_code": N_("所在园区"), "region_code": N_("所在地区"),
    },
    signals={"duties_together": N_("一人曾任互斥职责")},
    values={"role": Role.labels(), "legal_form": LegalForm.labels(), "channel": Channel.labels(), "purpose": Purpose.labels()},
)  # fmt: skip
