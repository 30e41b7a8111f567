"""Names are found in every list however they are typed."""

import pytest

from marketplace.enterprises.queries import Filter, listed
from marketplace.identity.queries import users_matching
from marketplace.records.queries import find_firm
from tests.factories import a_firm, a_user
from tests.kernel.test_normal_text import NAME, SPELLINGS


@pytest.mark.parametrize("text", [*SPELLINGS, "热西提 商贸", "（喀什"])
def test_a_firm_is_found_by_each_spelling_of_its_name(db, text):
    firm = a_firm(NAME)
    a_firm("拉萨雪山水业有限公司")

    assert [row.id for row in db.session.scalars(listed(["540000"], Filter(text=text)))] == [firm.id]
    assert find_firm(text).id == firm.id


def test_a_person_is_found_by_each_spelling_too(db):
    user = a_user("sme", name="艾合买提·买买提")

    assert [row.id for row in db.session.scalars(users_matching("艾合买提・买")).unique()] == [user.id]


@pytest.mark.parametrize("text", ["%", "_", "·", "（）"])
def test_signs_alone_are_looked_for_as_they_are(db, text):
    a_firm("拉萨雪山水业有限公司")

    assert db.session.scalars(listed(["540000"], Filter(text=text))).all() == []


def test_a_name_that_changes_is_found_by_its_new_one(db):
    firm = a_firm("旧名有限公司").organisation
    firm.name = "新名Ｘ有限公司"

    assert firm.name_key == "新名x有限公司"
