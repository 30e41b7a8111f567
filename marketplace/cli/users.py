"""`flask users …`: the first administrators, who let everybody else in."""

import click
from flask import current_app
from flask.cli import with_appcontext

from marketplace.identity import queries, regions, service
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation, OrganisationFacts, UserFacts
from marketplace.identity.roles import SEPARATED, Role
from marketplace.identity.service import credentials
from marketplace.kernel import clock
from marketplace.kernel.db import db, in_transaction
from marketplace.kernel.errors import N_, DomainError, RuleViolation


@click.group("users")
def users() -> None:
    """用户。"""


@users.command("first-admin")
@click.argument("role", type=click.Choice(sorted(role.value for role in SEPARATED)))
@click.option("--login", required=True, help="用户名")
@click.option("--name", required=True, help="姓名")
@click.option("--uscc", required=True, help="所属单位的统一社会信用代码")
@click.option("--organisation", "organisation_name", required=True, help="所属单位全称")
@click.option("--region", required=True, help="所在地区：名称或 6 位代码")
@with_appcontext
def first_admin(role: str, login: str, name: str, uscc: str, organisation_name: str, region: str) -> None:
    """开通第一位系统、安全或审计管理员；已有同类管理员时拒绝，之后的由安全管理员授权。"""

    def work() -> str:
        _refuse_second(Role(role))
        facts = OrganisationFacts(uscc=uscc, name=organisation_name, region_code=regions.find(region).code)
        organisation = queries.by_uscc(uscc.strip().upper()) or _register(facts)
        user = service.add_user(organisation.id, UserFacts(login, name), actor_id=None)
        service.grant(user.id, Role(role), actor_id=None, now=clock.now())
        return credentials.first_code(user.id, hours=current_app.config["PASSWORD_CODE_HOURS"], now=clock.now())

    try:
        code = in_transaction(work)
    except DomainError as refusal:
        raise click.ClickException(refusal.text()) from None
    click.echo(f"已开通{Role(role).label}：{login}")
    click.echo(f"设置码：{code}（{current_app.config['PASSWORD_CODE_HOURS']} 小时内有效，只能用一次）")
    click.echo("请本人打开登录页的“有设置码，去设置密码”，自己设置密码。")


def _register(facts: OrganisationFacts) -> Organisation:
    return service.register_organisation(facts, actor_id=None, is_authority=True, state=OrganisationState.VERIFIED)


def _refuse_second(role: Role) -> None:
    if db.session.scalars(queries.users_matching(role=role).limit(1)).unique().first() is not None:
        raise RuleViolation(N_("已有%(role)s，请由安全管理员授权。"), role=role.label)
