"""`flask db-roles`: the role the application runs under on PostgreSQL, apart from the one that owns the tables."""

import os
from typing import Any

import click
from flask import current_app
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url

from marketplace.kernel import db_roles as roles
from marketplace.kernel.errors import DomainError

PASSWORD = "APP_DB_PASSWORD"  # noqa: S105 – the name of the variable


@click.command("db-roles")
@click.option("--role", help="应用角色名；不写则取 DATABASE_URL 中的用户名。")
@click.option("--print", "only_print", is_flag=True, help="只打印 SQL，交给数据库管理员执行。")
def db_roles(role: str | None, only_print: bool) -> None:
    """在 PostgreSQL 上建立或更新应用角色及其权限；口令取自环境变量 APP_DB_PASSWORD。"""
    owner = _owner_engine()
    try:
        with owner.begin() as connection:
            _run(connection, role or _named_role(), only_print=only_print)
    except DomainError as refusal:
        raise click.ClickException(refusal.text()) from None
    finally:
        owner.dispose()


def _owner_engine() -> Engine:
    address = current_app.config["MIGRATION_DATABASE_URL"] or current_app.config["SQLALCHEMY_DATABASE_URI"]
    if not make_url(address).drivername.startswith("postgresql"):
        raise click.ClickException("SQLite 没有角色和权限，由触发器防改，不需要运行本命令；本命令只用于 PostgreSQL。")
    return create_engine(address, hide_parameters=True)


def _named_role() -> str:
    named = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"]).username
    if not named:
        raise click.ClickException("DATABASE_URL 中没有用户名。请写明，或用 --role 指定应用角色。")
    return named


def _run(connection: Connection, role: str, *, only_print: bool) -> None:
    found, exists = roles.schema(connection), roles.check_role(connection, role)
    password = "" if only_print else os.environ.get(PASSWORD, "")
    verifier = _verifier(connection, role, password) if password else ""
    wanted = list(roles.statements(connection, found, role, exists=exists, verifier=verifier))
    if only_print:
        click.echo("".join(f"{statement};\n" for statement in wanted) + f"-- 口令另设：\\password {role}")
        return
    for statement in wanted:
        connection.exec_driver_sql(statement)
    click.echo(f"应用角色 {role} 已就绪：{len(found.tables)} 张表，其中 {len(found.kept)} 张只能查询和追加。")
    if not exists and not password:
        click.echo(f"还没有设口令：请用环境变量 {PASSWORD} 再运行一次，或由管理员设置。")


def _verifier(connection: Connection, role: str, password: str) -> str:
    driver: Any = connection.connection.driver_connection  # psycopg's; only there is the client's own hashing
    hashed: bytes = driver.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    return hashed.decode()
