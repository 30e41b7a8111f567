"""Under which name the application answers, and whose name papers carry."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.web.addresses import public_url
from tests.conftest import make_app

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "QUANLIAN_ENV": "production", "SECRET_KEY": "k" * 32, "DATABASE_URL": "postgresql+psycopg://app@db/quanlian",
    "PUBLIC_URL": "https://quan.example.gov.cn", "TRUSTED_HOSTS": "quan.example.gov.cn",
}  # fmt: skip


@pytest.fixture(scope="module")
def site(engine):
    with engine.fresh() as url:
        yield make_app(url)


pytestmark = pytest.mark.engines("sqlite")


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:49152", "[::1]:8000"])
def test_unset_means_this_machines_own_names_at_any_port(site, host):
    assert site.test_client().get("/sign-in", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "192.0.2.7:8000", "localhost.evil.example", "127.0.0.1.evil.example", "a/b"])
def test_another_name_is_refused_and_the_refusal_names_the_setting(site, host, monkeypatch):
    answer = site.test_client().get("/sign-in", headers={"Host": host})
    assert answer.status_code == 400
    assert "TRUSTED_HOSTS" in answer.text
    assert "evil" not in answer.text
    assert site.test_client().get("/health/live", headers={"Host": host}).status_code == 200, "a balancer asks by number"


def test_another_name_is_let_in_by_the_setting(site, monkeypatch):
    monkeypatch.setitem(site.config, "HOST_NAMES", ("quan.example.gov.cn", ".inner.example"))
    for host, status in (("quan.example.gov.cn", 200), ("web1.inner.example:8000", 200), ("localhost", 400)):
        assert site.test_client().get("/sign-in", headers={"Host": host}).status_code == status


def test_a_forwarded_name_is_not_believed(site):
    answer = site.test_client().get("/", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "192.0.2.1"})
    assert "evil" not in answer.headers["Location"]
    assert site.config["TRUST_FORWARDED_HOST"] is False


def test_papers_codes_and_mails_carry_the_public_address(site, monkeypatch):
    monkeypatch.setitem(site.config, "PUBLIC_URL", "https://quan.example.gov.cn/")
    with site.test_request_context("/", headers={"Host": "evil.example"}):
        assert public_url("proofs.index") == "https://quan.example.gov.cn/proofs"
    with site.app_context():
        assert public_url("identity.set_password").startswith("https://quan.example.gov.cn/")


def test_nothing_takes_an_address_from_the_request():
    """Wherever a page, a paper or a mail says where it stands, `public_url` says it."""
    asks = re.compile(r"_external\s*=|request\.(host|url_root|host_url|url\b|base_url)|HTTP_HOST|X-Forwarded-Host")
    files = [*(ROOT / "marketplace").rglob("*.py"), *(ROOT / "templates").rglob("*.html")]
    found = sorted(str(path.relative_to(ROOT)) for path in files if asks.search(path.read_text()))
    assert found == ["marketplace/web/addresses.py"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"PUBLIC_URL": ""}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "quan.example"}, "PUBLIC_URL"),
        ({"TRUSTED_HOSTS": ""}, "TRUSTED_HOSTS"),
        ({"SECRET_KEY": "x"}, "SECRET_KEY"),
        ({"DATABASE_URL": "sqlite:///x"}, "PostgreSQL"),
        ({"DATABASE_URL": ""}, "DATABASE_URL"),
    ],
)
def test_production_does_not_start_without_its_names_and_secrets(tmp_path, changed, said):
    settings = {**os.environ, **PRODUCTION, "QUANLIAN_INSTANCE": str(tmp_path), **changed}
    settings.pop("ALLOW_SQLITE", None)
    done = subprocess.run(
        [sys.executable, "-c", "import runpy; runpy.run_path('config/production.py')"],
        cwd=ROOT, env=settings, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode != 0
    assert said in done.stderr


def test_production_starts_with_them(tmp_path, monkeypatch):
    from marketplace.app import create_app

    for name, value in (PRODUCTION | {"QUANLIAN_INSTANCE": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    app = create_app({"INSTANCE": tmp_path})
    assert app.config["HOST_NAMES"] == ("quan.example.gov.cn",)
    assert app.config["SQLALCHEMY_ENGINE_OPTIONS"]["hide_parameters"] is True
