"""Shape of what is typed to sign in, register, and manage users."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, EmailField, PasswordField, SelectField, StringField, TelField
from wtforms.validators import Email, Length

from marketplace.web.forms import CivilDateField, CommandForm, MarketplaceForm, at_most, optional, required


class SignInForm(MarketplaceForm):
    login = StringField(_l("用户名"), validators=[required(), at_most(60)])
    password = PasswordField(_l("密码"), validators=[required(), at_most(200)], filters=())


class SignOutForm(MarketplaceForm):
    pass


class OrganisationFields(MarketplaceForm):
    """What an organisation says of itself; choices are filled by the view."""

    name = StringField(_l("单位全称"), validators=[required(), at_most(120)])
    region_code = SelectField(_l("所在县区"), validators=[required()])
    park_code = SelectField(_l("所在园区"), validators=[optional()])
    industry_code = StringField(_l("行业小类代码"), validators=[optional(), Length(min=4, max=4, message=_l("行业小类代码是 4 位数字。"))])
    address = StringField(_l("经营地址"), validators=[required(), at_most(200)])
    legal_representative = StringField(_l("法定代表人"), validators=[required(), at_most(60)])
    founded_on = CivilDateField(_l("成立日期"), validators=[required()])
    contact_name = StringField(_l("联系人"), validators=[required(), at_most(60)])
    contact_phone = TelField(_l("联系电话"), validators=[required(), at_most(30)])
    group_uscc = StringField(_l("控股单位统一社会信用代码"), validators=[optional(), at_most(18)])
    bank_name = StringField(_l("开户银行"), validators=[optional(), at_most(100)])
    bank_account = StringField(_l("银行账号"), validators=[optional(), at_most(40)])


class RegisterForm(OrganisationFields, CommandForm):
    uscc = StringField(_l("统一社会信用代码"), validators=[required(), at_most(40)])
    as_sme = BooleanField(_l("我们是中小企业，要用服务券、发布供给"))
    as_provider = BooleanField(_l("我们是服务机构，要为企业提供服务"))
    user_name = StringField(_l("经办人姓名"), validators=[required(), at_most(60)])
    email = EmailField(_l("电子邮箱"), validators=[optional(), Email(_l("邮箱的写法不对，例如 name@example.cn。")), at_most(120)])
    login = StringField(_l("用户名"), validators=[required(), at_most(60)])
    password = PasswordField(_l("密码"), validators=[required(), at_most(200)])
    password_again = PasswordField(_l("再输一次密码"), validators=[required(), at_most(200)])


class PasswordForm(MarketplaceForm):
    old_password = PasswordField(_l("原密码"), validators=[required(), at_most(200)])
    password = PasswordField(_l("新密码"), validators=[required(), at_most(200)])
    password_again = PasswordField(_l("再输一次新密码"), validators=[required(), at_most(200)])


class UserForm(CommandForm):
    login = StringField(_l("用户名"), validators=[required(), at_most(60)])
    name = StringField(_l("姓名"), validators=[required(), at_most(60)])
    phone = TelField(_l("电话"), validators=[optional(), at_most(30)])
    email = EmailField(_l("电子邮箱"), validators=[optional(), Email(_l("邮箱的写法不对，例如 name@example.cn。")), at_most(120)])
    password = PasswordField(_l("初始密码"), validators=[required(), at_most(200)])


class GrantForm(CommandForm):
    role = SelectField(_l("角色"), validators=[required()])
    area_code = StringField(_l("管辖区域代码"), validators=[optional(), Length(min=6, max=6, message=_l("区域代码是 6 位数字。"))])
