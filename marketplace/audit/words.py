"""Words for what happened to a row, as the second half of an action says it."""

from marketplace.kernel.errors import N_

DEEDS: dict[str, str] = {  # what happened to it
    "proposals_closed": N_("旧清单的推荐撤下"), "short": N_("资金不足未发放"), "password_voided": N_("原密码作废"), "accepted": N_("通过"),
    "active": N_("恢复使用"), "appointed": N_("任命"), "appointment_ended": N_("登记任命截止"), "day_set": N_("设定日期"),
    "declared": N_("申报"), "draft": N_("转为草稿"), "dropped": N_("撤下"), "ended": N_("登记结束"), "forfeit": N_("放弃"),
    "given": N_("录入"), "open": N_("待核查"), "reviewing": N_("审核中"), "last_day_moved": N_("截止日重算"),
    "member_accepted": N_("确认成员机构"), "member_ended": N_("成员机构终止"), "member_proposed": N_("提出成员机构"),
    "member_refused": N_("不予确认成员机构"), "produced": N_("生成"), "proposed": N_("提出"), "provisional": N_("按暂定工作日计算"),
    "run": N_("运行"), "setting_chosen": N_("选定理解口径"), "taken_over": N_("接手修改"), "upheld": N_("异议成立"),
    "value_replaced": N_("替换设定值"), "value_signed": N_("签认设定值"), "version_frozen": N_("形成规则版本"), "written": N_("登记"),
    "added": N_("新增"), "approved": N_("核准"), "asked": N_("发起"), "changed": N_("变更"), "closed": N_("结束"), "confirmed": N_("确认"),
    "created": N_("创建"), "day_cleared": N_("清除日期"), "drafted": N_("起草"), "explained": N_("说明"), "granted": N_("授予"),
    "imported": N_("导入"), "loaded": N_("载入"), "not_admitted": N_("不予入驻"), "not_listed": N_("不予上架"), "opened": N_("开设"),
    "paid": N_("付款"), "password_asked": N_("申请设置密码"), "password_changed": N_("修改密码"), "password_code_failed": N_("设置码不对"),
    "password_code_issued": N_("发出设置码"), "password_confirmed": N_("确认密码申请"), "password_forgotten": N_("申请找回密码"),
    "password_refused": N_("不予确认密码申请"), "password_reset": N_("重置密码"), "password_set": N_("用设置码设置密码"),
    "published": N_("公布"), "raised": N_("提出"), "recorded": N_("登记"), "refused": N_("不予通过"), "registered": N_("注册"),
    "rejected": N_("驳回"), "reminded": N_("催办"), "restored": N_("恢复备份后继续"), "returned": N_("退回"), "revoked": N_("收回授权"),
    "sign_in_failed": N_("登录失败"), "signed_in": N_("登录"), "signed_out": N_("退出"), "stopped": N_("中止"), "submitted": N_("提交"),
    "suspended": N_("暂停"), "void": N_("作废"), "withdrawn": N_("撤回"), "year_confirmed": N_("确认全年"),
}  # fmt: skip
