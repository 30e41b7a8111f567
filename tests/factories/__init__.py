"""Things tests are about, made in one line. Name only what the test depends on; the rest is made up and valid.

Every factory stores what it made, so that services and pages find it. The people of an organisation: `user_of(firm)`.
"""

# ruff: noqa: F401 – tests take all from here

from marketplace.identity.uscc import make_uscc
from marketplace.kernel.db import db
from tests.factories.organisations import (
    INDUSTRY,
    PASSWORD,
    REGION,
    a_finance_officer,
    a_firm,
    a_notice,
    a_provider,
    a_title,
    a_user,
    an_administrator,
    an_auditor,
    an_expert_user,
    an_objection,
    an_offering,
    an_officer,
    an_operator,
    an_organisation,
    password_hash,
    stored,
    user_of,
)
from tests.factories.rounds import a_programme, a_round, a_voucher, an_application, an_appropriation, changed_programme, with_value
