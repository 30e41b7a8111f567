"""Text messages leave by the adapter that the settings name, and by none where they name none."""

import pytest

from marketplace.app import create_app
from marketplace.cli.worker import _senders
from marketplace.kernel import outbox, sms
from marketplace.kernel.db import in_transaction


def test_without_an_adapter_nothing_is_sent(app, db):
    assert sms.sender(app.config) is None
    assert "sms" not in _senders()


def test_the_file_adapter_writes_a_line_for_each_message(app, db, monkeypatch, tmp_path):
    monkeypatch.setitem(app.config, "SMS_ADAPTER", "file")
    monkeypatch.setitem(app.config, "SMS_FILE", str(tmp_path / "new" / "sms.log"))
    in_transaction(lambda: outbox.put_many("sms", [("13800000000", "", "券将到期。"), ("13900000000", "", "两行\n一句。")]))
    assert outbox.dispatch(_senders()) == 2
    lines = [line.split("\t")[1:] for line in (tmp_path / "new" / "sms.log").read_text("utf-8").splitlines()]
    assert sorted(lines) == [["13800000000", "券将到期。"], ["13900000000", "两行 一句。"]]


def test_an_adapter_that_nobody_knows_stops_the_start(tmp_path):
    with pytest.raises(ValueError, match="SMS_ADAPTER=pigeon"):
        create_app({"ENVIRONMENT": "testing", "SMS_ADAPTER": "pigeon", "INSTANCE": str(tmp_path)})
