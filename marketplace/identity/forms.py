"""Shape of what is typed to sign in, register, and manage users."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, EmailField, Field, PasswordField, StringField, TelField, TextAreaField
from wtforms.validators import Email, EqualTo, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from marketplace.identity.legal_forms import LegalForm
from marketplace.identity.models import Channel, OrganisationFacts
from marketplace.identity.roles import Role, may_hold
from marketplace.web.forms import CivilDateField, CommandForm, MarketplaceForm, at_most, choices, optional, required
from marketplace.web.select_fields import RadioField, SelectField, SelectMultipleField


def _email() -> Email:
    return Email(_l("邮箱的写法不对，例如 name@example.cn。"))


class SignInForm(MarketplaceForm):
    login = StringField(_l("用户名"), validators=[required(), at_most(60)])
    password = PasswordField(_l("密码"), validators=[required(), at_most(200)])


class BureauContactForm(MarketplaceForm):
    contact_name = StringField(_l("联系人或科室"), validators=[required(), at_most(60)])
    contact_phone = TelField(_l("联系电话"), validators=[required(), at_most(30)])
    contact_hours = StringField(_l("接听时间"), validators=[optional(), at_most(60)])
    oversight_phone = TelField(_l("监督电话"), validators=[required(_l("请填写监督电话，公示须写明。")), at_most(30)])


class OrganisationFields(MarketplaceForm):
    """What an organisation says of itself; choices are filled by the view."""

    name = StringField(_l("单位全称"), validators=[required(), at_most(120)])
    region_code = SelectField(_l("所在县区"), validators=[required()])
    park_code = SelectField(_l("所在园区"), validators=[optional()])
    industry_code = SelectField(_l("所属行业（国民经济行业小类）"), validators=[required()])
    address = StringField(_l("经营地址"), validators=[required(), at_most(200)])
    legal_representative = StringField(_l("法定代表人"), validators=[required(), at_most(60)])
    founded_on = CivilDateField(_l("成立日期"), validators=[required()])
    legal_form = SelectField(_l("组织形式"), validators=[optional()], choices=choices(LegalForm, _l("未填写")))
    contact_name = StringField(_l("联系人"), validators=[required(), at_most(60)])
    contact_phone = TelField(_l("联系电话"), validators=[required(), at_most(30)])
    group_uscc = StringField(_l("控股单位统一社会信用代码"), validators=[optional(), at_most(40)])
    bank_name = StringField(_l("开户银行"), validators=[optional(), at_most(100)])
    bank_account = StringField(_l("银行账号"), validators=[optional(), at_most(40)])

    def facts(self, uscc: str) -> OrganisationFacts:
        """What was typed, as the service takes it."""
        return OrganisationFacts(
            uscc=uscc,
            name=self.name.data,
            region_code=self.region_code.data,
            park_code=self.park_code.data or None,
            industry_code=self.industry_code.data or None,
            address=self.address.data,
            legal_representative=self.legal_representative.data,
            founded_on=self.founded_on.data,
            legal_form=LegalForm(self.legal_form.data) if self.legal_form.data else None,
            contact_name=self.contact_name.data,
            contact_phone=self.contact_phone.data,
            group_uscc=self.group_uscc.data or None,
            bank_name=self.bank_name.data or "",
            bank_account=self.bank_account.data or "",
        )


class RegisterForm(CommandForm):
    """The least that opens an account; the profile is completed afterwards."""

    uscc = StringField(_l("统一社会信用代码"), validators=[required(), at_most(40)])
    name = StringField(_l("单位全称"), validators=[required(), at_most(120)])
    region_code = SelectField(_l("所在县区"), validators=[required()])
    as_sme = BooleanField(_l("我们是中小企业：用服务券、发布供给"))
    as_provider = BooleanField(_l("我们是服务机构：为企业提供服务"))
    user_name = StringField(_l("经办人姓名"), validators=[required(), at_most(60)])
    phone = TelField(_l("联系电话"), validators=[required(), at_most(30)])
    email = EmailField(_l("电子邮箱"), validators=[optional(), _email(), at_most(120)])
    login = StringField(_l("用户名"), validators=[required(), at_most(60)])
    password = PasswordField(_l("密码"), validators=[required(), at_most(200)])
    password_again = PasswordField(
        _l("再输一次密码"), validators=[required(), at_most(200), EqualTo("password", _l("两次输入的密码不一样。"))]
    )


class PasswordForm(MarketplaceForm):
    old_password = PasswordField(_l("原密码"), validators=[required(), at_most(200)])
    password = PasswordField(_l("新密码"), validators=[required(), at_most(200)])
    password_again = PasswordField(
        _l("再输一次新密码"), validators=[required(), at_most(200), EqualTo("password", _l("两次输入的新密码不一样。"))]
    )


class AccountForm(MarketplaceForm):
    name = StringField(_l("姓名"), validators=[required(), at_most(60)])
    phone = TelField(_l("电话"), validators=[optional(), at_most(30)])
    email = EmailField(_l("电子邮箱"), validators=[optional(), _email(), at_most(120)])
    locale = RadioField(_l("界面语言"), choices=[("zh", "中文"), ("en", "English")], validators=[required()])


class UserForm(CommandForm):
    name = StringField(_l("姓名"), validators=[required(), at_most(60)])
    phone = TelField(_l("电话"), validators=[optional(), at_most(30)])
    email = EmailField(_l("电子邮箱"), validators=[optional(), _email(), at_most(120)])
    login = StringField(_l("用户名"), validators=[required(), at_most(60)])

    def values(self) -> dict[str, Any]:
        """What the service takes of a new user."""
        return {
            "login": self.login.data,
            "name": self.name.data,
            "phone": self.phone.data or "",
            "email": self.email.data or "",
        }


class ColleagueForm(UserForm):
    roles = SelectMultipleField(_l("可以办理"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())

    def offer(self, roles: Iterable[Role]) -> None:
        """The roles that may be passed on."""
        self.roles.choices = choices(role for role in Role if role in set(roles))

    def validate_roles(self, field: Field) -> None:
        if field.choices and not field.data:
            raise ValidationError(gettext("请至少选择一项可以办理的业务。"))


class NewUserForm(UserForm):
    uscc = StringField(_l("所属单位的统一社会信用代码"), validators=[required(), at_most(40)])


class AuthorityForm(CommandForm):
    uscc = StringField(_l("统一社会信用代码"), validators=[required(), at_most(40)])
    name = StringField(_l("单位全称"), validators=[required(), at_most(120)])
    place = StringField(_l("所在地区"), validators=[required(), at_most(60)])


class ForgottenForm(MarketplaceForm):
    login = StringField(_l("用户名"), validators=[required(), at_most(60)])


class SetPasswordForm(MarketplaceForm):
    """Where an owner with a code sets the own password."""

    login = StringField(_l("用户名"), validators=[required(), at_most(60)])
    code = StringField(_l("设置码"), validators=[required(), at_most(40)])
    password = PasswordField(_l("新密码"), validators=[required(), at_most(200)])
    password_again = PasswordField(
        _l("再输一次新密码"), validators=[required(), at_most(200), EqualTo("password", _l("两次输入的新密码不一样。"))]
    )


class AskPasswordForm(MarketplaceForm):
    reason = TextAreaField(_l("原因和核实本人身份的方式"), validators=[required(), at_most(300)])
    channel = RadioField(
        _l("送达方式"),
        choices=choices(Channel),
        default=Channel.MAIL.value,
        validators=[optional()],
    )


class RefusePasswordForm(CommandForm):
    answer = TextAreaField(_l("不予确认的原因"), validators=[required(), at_most(300)])


class UserStateForm(MarketplaceForm):
    reason = TextAreaField(_l("原因"), validators=[required(), at_most(300)])


class GrantForm(MarketplaceForm):
    role = SelectField(_l("角色"), validators=[required()], validate_choice=False)
    area = StringField(_l("管辖区域"), validators=[optional(), at_most(60)])

    def offer(self, held: Iterable[Role]) -> None:
        """The roles that may be held beside those held already."""
        known = frozenset(held)
        self.role.choices = choices((role for role in Role if may_hold(known, role)), _l("请选择"))
