"""Time every page of every menu at demo size, and what it costs to get there. Not a test.

    python -m tests.bench.bench_pages

Works on a SQLite database of its own; with DATABASE_URL set to an empty database, on that one. Times are of the application
alone, in one process, without a network.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bs4 import BeautifulSoup

ROOT = Path(__file__).parent.parent.parent
ROUNDS = 7


@contextmanager
def timed(label: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    print(f"{label:<40} {time.perf_counter() - begun:8.2f} s")


def flask(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def menu(page: str) -> list[str]:
    links = BeautifulSoup(page, "html.parser").select("nav a[href^='/']")
    return sorted({str(link["href"]) for link in links})


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["QUANLIAN_INSTANCE"] = home
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{home}/quanlian.sqlite")
        with timed("flask db upgrade"):
            flask("db", "upgrade")
        with timed("flask demo load"):
            flask("demo", "load")
        with timed("create_app"):
            from marketplace.app import create_app

            app = create_app({"WTF_CSRF_ENABLED": False})
        medians = []
        for account in json.loads((Path(home) / "demo_accounts.json").read_text(encoding="utf-8")):
            client = app.test_client()
            client.post("/sign-in", data={"login": account["login"], "password": account["password"]})
            for path in ["/", *menu(client.get("/", follow_redirects=True).text)]:
                times = []
                for _round in range(ROUNDS):
                    begun = time.perf_counter()
                    answer = client.get(path, follow_redirects=True)
                    times.append((time.perf_counter() - begun) * 1000)
                medians.append((statistics.median(times), max(times), answer.status_code, len(answer.data), account["login"], path))
    print(f"\n{'median ms':>10} {'worst ms':>9} {'status':>6} {'bytes':>8}  account, page (slowest first)")
    for median, worst, status, size, login, path in sorted(medians, reverse=True)[:40]:
        print(f"{median:10.1f} {worst:9.1f} {status:6} {size:8}  {login} {path}")
    print(f"{statistics.median(m[0] for m in medians):10.1f}  the median of {len(medians)} pages")


if __name__ == "__main__":
    main()
