"""The demo's accounts: a file that the sign-in page shows while DEMO is on, and a table for the terminal."""

import json
from pathlib import Path

from sqlalchemy import select

from marketplace.demo.known_ids import rows
from marketplace.demo.people import PASSWORD
from marketplace.identity.models import User
from marketplace.kernel.db import db

_FIRMS = {
    "sme": "中小企业（有券、订单和对接）",
    "sme2": "中小企业（有创新券）",
    "sme_boz": "中小企业（博州）",
    "provider": "服务机构",
    "platform": "服务机构（平台运营单位）",
    "provider_new": "服务机构（申请入库中）",
    "leader": "链主企业（天然饮用水）",
    "leader2": "链主企业（水泥，下游需求）",
    "leader3": "链主企业（商混）",
}


def listed() -> list[dict[str, str]]:
    """One account for every role, firms first."""
    labels = _FIRMS | {row["login"]: row["label"] for row in rows("staff")}
    users = {user.login: user for user in db.session.scalars(select(User).where(User.login.in_(labels))).unique()}
    return [
        {"login": login, "password": PASSWORD, "name": users[login].name, "role": label, "organisation": users[login].organisation.name}
        for login, label in labels.items()
        if login in users
    ]


def write(instance: str | Path) -> list[dict[str, str]]:
    """Keep the accounts beside the database."""
    found = listed()
    Path(instance).mkdir(parents=True, exist_ok=True)
    (Path(instance) / "demo_accounts.json").write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    return found


def table(found: list[dict[str, str]]) -> list[str]:
    """Lines for the terminal."""
    return [f"{one['login']:<16}{one['password']:<16}{one['role']}：{one['name']}，{one['organisation']}" for one in found]
