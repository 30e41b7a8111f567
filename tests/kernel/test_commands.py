"""The log of commands: a key answers the same request, and nothing else."""

import re
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update

from marketplace.catalogue.rules.admission import Ruling
from marketplace.catalogue.service import offerings
from marketplace.identity.models import UserFacts
from marketplace.identity.service import users
from marketplace.identity.service.credentials import Delivery
from marketplace.kernel import clock
from marketplace.kernel.commands import Command, DoneCommand, begin
from marketplace.kernel.db import db as the_db
from marketplace.kernel.db import in_transaction, table_of
from marketplace.kernel.errors import Conflict, RuleViolation
from marketplace.matching.service.contracts import Signed
from marketplace.orders.service import Rating
from marketplace.publicity.service import NamedObjection
from marketplace.settlement.service import claims as settlement
from tests.factories import a_provider, an_offering, an_officer, stored, user_of
from tests.order_factories import a_claim, an_order
from tests.test_architecture import CODE

SCRIPTS = ScriptDirectory(str(Path(__file__).parents[2] / "migrations"))
OURS, OLDER = (
    next(one for one in SCRIPTS.walk_revisions() if one.revision.endswith(name)) for name in ("_one_command_log", "_keys_of_before")
)


def asked(**differs) -> Command:
    return replace(Command(uuid4(), "thing.done", uuid4(), uuid4(), {"reason": "齐全"}), **differs)


def done(command: Command) -> bool:
    return in_transaction(lambda: begin(command, now=clock.now()))


@given(st.text(max_size=20), st.text(max_size=20))
def test_another_content_is_another_request(one, other):
    hashes = [asked(key=UUID(int=1), actor_id=None, subject_id=UUID(int=2), content={"reason": said}).hash() for said in (one, other)]
    assert (hashes[0] == hashes[1]) is (one == other)


def test_keys_of_before_answer_because_the_hash_is_made_as_ever():
    command = Command(UUID(int=1), "order.cancelled", UUID(int=2), UUID(int=3), {"reason": "重复下单", "amount": None, "of": UUID(int=4)})
    assert command.hash() == "8ff3423c21d7ad3c23797c5817afbbcd72b7913a97d77b4133ca759b92e11b76"


def test_a_key_answers_the_same_request_and_refuses_every_other(db):
    command = asked()
    assert [done(command), done(command)] == [True, False]
    for differs in ({"actor_id": uuid4()}, {"actor_id": None}, {"verb": "thing.undone"}, {"subject_id": uuid4()}, {"content": {}}):
        with pytest.raises(Conflict, match="已经提交过别的内容") as refused:
            done(replace(command, **differs))
        assert refused.value.code == "key_reused"
    with pytest.raises(Conflict, match="已经登记"):
        in_transaction(lambda: begin(replace(command, content={}), now=clock.now(), clash="已经登记。"))


def test_a_refused_command_gives_its_key_back(fresh_db):
    command = asked()

    def refused():
        begin(command, now=clock.now())
        raise RuleViolation("不行。")

    with pytest.raises(RuleViolation):
        in_transaction(refused)
    assert done(command)


@pytest.mark.engines("sqlite", "postgresql")
def test_keys_that_orders_kept_move_with_verb_and_actor_and_back(fresh_app, fresh_db):
    order = an_order("redeemed")

    def rows():
        with the_db.engine.connect() as connection:
            return connection.execute(select(table_of(DoneCommand)).where(DoneCommand.verb.like("order.%")).order_by("key")).all()

    before = rows()
    assert {row.verb for row in before} == {"order.placed", "order.taken", "order.contracted", "order.delivered", "order.redeemed"}
    fresh_db.session.remove()
    flask_migrate.downgrade(revision=OURS.down_revision)
    assert fresh_db.session.execute(text("SELECT count(*) FROM order_commands")).scalar_one() == len(before)
    fresh_db.session.remove()
    flask_migrate.upgrade()
    assert rows() == before
    assert fresh_db.session.get_one(DoneCommand, order.id).verb == "order.placed"


@pytest.mark.engines("sqlite", "postgresql")
def test_keys_that_rows_carried_still_answer_who_used_them_and_nobody_else(fresh_app, fresh_db):
    provider = a_provider()
    made, sent, (actor, other) = uuid4(), uuid4(), (user_of(provider).id, user_of(a_provider()).id)

    def write(actor_id):
        return in_transaction(lambda: offerings.write(provider.id, facts, actor_id=actor_id, request_key=made))

    def submit(actor_id):
        asked = {"seen_version": 1, "actor_id": actor_id, "request_key": sent, "today": clock.today()}
        return in_transaction(lambda: offerings.submit(made, provider.id, **asked))

    facts = replace(offerings.facts_of(an_offering(provider=provider)), title="另一项服务")
    assert (write(actor).id, submit(actor).state.value) == (made, "submitted")
    fresh_db.session.remove()
    flask_migrate.downgrade(revision=OLDER.down_revision)
    in_transaction(lambda: fresh_db.session.execute(delete(DoneCommand).where(DoneCommand.key.in_([made, sent]))))
    fresh_db.session.remove()
    flask_migrate.upgrade()
    assert (write(actor).id, submit(actor).id) == (made, made)
    for again in (write, submit):
        with pytest.raises(Conflict, match="已经提交过别的内容"):
            again(other)


@dataclass(frozen=True)
class Facts:
    name: str
    day: date
    note: str = ""


@dataclass(frozen=True)
class MoreFacts:
    day: date
    name: str
    note: str = ""
    asked_later: str | None = None


def test_a_fact_that_is_asked_for_later_leaves_older_commands_what_they_were():
    of = [asked(key=UUID(int=1), actor_id=None, subject_id=UUID(int=2), content={"facts": one, "file": ""}) for one in (
        Facts("卓玛", date(2026, 3, 16)), MoreFacts(date(2026, 3, 16), "卓玛"), MoreFacts(date(2026, 3, 16), "卓玛", asked_later="是"),
        Facts("次仁", date(2026, 3, 16)), Facts("卓玛", date(2026, 3, 16), "备注"),
    )]  # fmt: skip
    assert of[0].hash() == of[1].hash() and len({one.hash() for one in of}) == 4


SPREAD = {  # dataclasses whose fields stand one by one in the content of a key, with those that they had from the first
    offerings.NewPrice: "price_fen reason",
    UserFacts: "login name phone email",
    NamedObjection: "name contact grounds",
    Rating: "score comment",
    Ruling: "decision reason ban_until",
    Signed: "signed_on amount_fen file_id quantity unit",
}


def test_facts_that_stand_one_by_one_in_a_key_get_no_field_that_older_keys_lack():
    """Of a new field the content says nothing while it is at its default; a dataclass that is handed over whole does so by itself."""
    assert {kind: " ".join(one.name for one in fields(kind)) for kind in SPREAD} == SPREAD
    asked = re.compile(r"(\bcontent = |\bBy\(|\bCommand\().*\basdict\(")
    spread = [line for path in CODE for line in path.read_text(encoding="utf-8").splitlines() if asked.search(line)]
    assert len(spread) == 9, "hand the dataclass itself over, or name it above"


def test_a_key_stored_with_facts_as_they_print_still_answers(db):
    command = asked(content={"facts": Facts("卓玛", date(2026, 3, 16))})
    stored(DoneCommand(key=command.key, verb=command.verb, actor_id=command.actor_id, subject_id=command.subject_id,
                       request_hash=command.hash(str), done_at=clock.now()))  # fmt: skip
    assert command.hash(str) != command.hash()
    assert done(command) is False
    with pytest.raises(Conflict, match="已经提交过别的内容"):
        done(replace(command, content={"facts": Facts("卓玛", date(2026, 3, 17))}))


@pytest.mark.engines("sqlite", "postgresql")
def test_keys_of_commands_with_another_name_now_answer_who_used_them(fresh_app, fresh_db):
    officer_id, provider_id, claim, how = an_officer().id, a_provider().id, a_claim(), Delivery("/password/set", 24, mails=False)
    key, added, claim_id, order_id = uuid4(), uuid4(), claim.id, claim.order_id

    def send_back():
        return in_transaction(
            lambda: settlement.send_back(claim_id, reason="缺发票", actor_id=officer_id, now=clock.now(), request_key=key)
        )

    def add(actor_id=officer_id):
        who, asked = UserFacts("zhuoma.new", "卓玛"), {"actor_id": actor_id, "delivery": how, "now": clock.now()}
        return in_transaction(lambda: users.add_invited(provider_id, who, request_key=added, **asked)).user_id

    assert (send_back().state.value, add()) == ("returned", added)
    fresh_db.session.remove()
    flask_migrate.downgrade(revision=OLDER.down_revision)
    old = Command(key, "order.claim_returned", officer_id, order_id, {"reason": "缺发票"})
    change = update(table_of(DoneCommand)).where(DoneCommand.key == key)
    in_transaction(lambda: fresh_db.session.execute(change.values(verb=old.verb, subject_id=old.subject_id, request_hash=old.hash())))
    in_transaction(lambda: fresh_db.session.execute(delete(DoneCommand).where(DoneCommand.key == added)))
    fresh_db.session.remove()
    flask_migrate.upgrade()
    assert (send_back().state.value, add()) == ("returned", added)
    with pytest.raises(Conflict, match="已经提交过别的内容"):
        add(uuid4())
