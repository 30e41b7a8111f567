"""A page's key stands for one request of one person: sent again it is answered as before, and by anybody else, for another row or with
other content it is refused."""

import ast
from collections import Counter

import pytest

from marketplace.piles import pages
from marketplace.piles.work import PILES
from tests import keyed_rows
from tests.cheaper import a_refusal_is_shown_once
from tests.keyed_forms import Found, Walk, found_forms, in_a_savepoint, keyed_endpoints, new_key, with_key
from tests.test_architecture import CODE, ROOT, tree

VIEWS = [path for path in CODE if {"views", "views.py", "web", "offers.py"} & set(path.relative_to(ROOT / "marketplace").parts)]

# Transactions of pages that are not bound by `once`, with why. Every other key is: `carried_out` binds it, or a service to which it goes.
BOUND_OTHERWISE = {
    "exports/offers.py": 1,  # the service binds the key
    "identity/views/account.py": 3,  # no key: the same said again changes nothing
    "identity/views/sign_in.py": 4,  # signing in and out have no key; registering binds it with its facts
    "identity/views/passwords.py": 3,  # a code is the key
    "identity/views/staff.py": 1,  # no key: a role taken back is gone
    "oversight/views/verification.py": 1,  # the service binds the key
    "recomputing/views.py": 1,  # the service binds the key
    "records/views/reporting.py": 1,  # no key: a row thrown away is gone
    "vouchers/views/values.py": 1,  # the service binds the key
    "web/forms.py": 1,  # carried_out itself
    "web/importing.py": 4,  # the upload's key is bound, and an import is stored once, whoever asks
}

# Forms with a key that the walk does not send, with why. A form that is new is walked, or stands here.
STORED_ONCE = "one function for every import, bound to the import's row: it is stored once, whoever asks (tests/kernel, imports)"
NOT_WALKED = {
    **{f"{kind}_store": STORED_ONCE for kind in (
        "catalogue.import_experts", "catalogue.import_providers", "catalogue.import_staff", "enterprises.import_enterprises",
        "enterprises.import_titles", "matching.import_needs", "matching.import_own_supplies", "matching.import_survey_supplies",
        "records.import_past_services", "records.import_service_report", "settlement.import_bank_results",
        "settlement.import_bank_statement",
        "vouchers.import_firm_list",
    )},
    "orders.propose_joint": "wants a voucher of a programme that lets firms buy together (tests/orders/test_joint.py)",
    "orders.joint_order": "the same",
    "orders.leave_joint": "the same",
    "agreements.sign": "wants a provider's credit code in its address (tests/agreements)",
    "vouchers.draft_version": "a refusal leads to the draft that is there, with its sentence (tests/vouchers/test_drafts.py)",
    "vouchers.publish_draft": "wants a draft that can be run (tests/vouchers/test_drafts.py)",
    "vouchers.put_draft_file": "wants a file of rules",
    "vouchers.update_draft": "wants a version that was published after the draft was begun",
    "vouchers.move_portion": "wants a voucher by kinds of service (tests/vouchers/test_portions.py)",
    "vouchers.office_move_portion": "the same",
    "vouchers.carry_over": "wants a round that hands out again (tests/vouchers/test_supplements.py)",
    "vouchers.call_in": "wants a day inside the use of the round (tests/vouchers/test_supplements.py)",
    "vouchers.shift_part": "wants a round whose budget is divided (tests/vouchers/test_parts.py)",
    "vouchers.score": "one officer's sheet of a round that scores: given once, by its own rule",
    "evaluation.criterion_export": "asks like every other export",
    "oversight.appropriated_export": "asks like every other export",
    "oversight.period_statement_book": "asks like every other export",
    "oversight.own_statement_book": "the same",
    "oversight.trace_file": "wants more than 300 MB (tests/oversight/test_trace_file.py)",
    "exports.again": "wants an export that failed",
    "identity.register": "signs the visitor in, who has a new token then: a repeat signs in again",
    "matching.choose_need": "wants two lines of before that fit one line",
    "matching.choose_supply": "the same",
    "matching.see": "wants the firm to which a match was recommended (tests/matching/test_views.py)",
    "orders.deduct": "wants an order of a programme that deducts at once (tests/orders/test_deducting.py)",
    "orders.agree": "wants a proposal of the other side (tests/orders/test_proposals.py)",
    "orders.propose_end": "wants rules that settle what was done (tests/orders/test_proposals.py)",
    "orders.propose_price": "wants rules by which both sides confirm the price (tests/orders/test_proposals.py)",
    "orders.refuse": "the same as agree",
    "orders.take_back": "the same as agree",
    "orders.papers": "wants a paper with its facts",
    "records.correct": "wants a record of an accepted report",
    "settlement.answer_appeal": "wants an appeal (tests/settlement/test_appeals.py)",
    "settlement.appeal": "wants a refusal or a cut (tests/settlement/test_appeals.py)",
    "settlement.batch_result": "wants a batch that the bank has paid",
    "settlement.confirm_explanation": "wants a difference that another person explained (tests/settlement/test_statements.py)",
    "settlement.import_bank_statement": "wants the balances of a statement (the same)",
    "settlement.give_opinion": "wants a claim whose programme names levels (tests/settlement/test_levels.py)",
    "settlement.confirm_recovery": "wants a recovery that another officer opened (tests/settlement/test_recoveries.py)",
    "settlement.export_subsidies": "asks like every other export",
    "settlement.import_invoice_checks_store": "wants a list of checks of invoices that are known (tests/settlement/test_invoice_checks.py)",
    "supervision.send_tip": "answers by a page that is shown once (tests/supervision/test_tips.py)",
    "supervision.open_of_tip": "wants the officer who took the tip up (tests/supervision/test_tips.py)",
    "supervision.refuse_tip": "the same",
    "supervision.reward_tip": "wants a case that was decided (tests/supervision/test_tips.py)",
    "enterprises.add_group": "wants the codes of two firms (tests/enterprises/test_groups.py)",
    "enterprises.change_group": "the same",
    "enterprises.groups_sheet": "asks like every other export",
    "arrears.register": "wants a firm's code and a day that is over (tests/arrears)",
    "arrears.sheet": "asks like every other export",
    "arrears.monthly_sheet": "the same",
    "performance.enter": "wants a programme and a year in its address (tests/performance)",
    "performance.step": "wants a second person, or a year that is over (the same)",
    "performance.sheet": "asks like every other export",
    "reporting.spending_matrix_excel": "asks like every other export",
    "reporting.spending_rows_excel": "asks like every other export",
    "supervision.drop_measure": "wants a measure that was decided (tests/supervision)",
    "settlement.new_batch": "wants claims that are payable on the day",
    "settlement.of_subsidy": "wants an application that was returned (tests/subsidies)",
    "settlement.result": "wants a line that the bank has paid",
    "settlement.bounce": "wants the bank's own number of what came back",
    "settlement.correct": "wants a result that another person recorded (tests/settlement/test_corrections.py)",
    "settlement.open_recovery": "wants a claim that was paid (tests/settlement/test_recoveries.py)",
    "settlement.receive": "wants a case that was decided (tests/settlement/test_recoveries.py)",
    "settlement.redirect_recovery": "the same",
    "settlement.refer_recovery": "the same",
    "settlement.spot_check": "wants a claim that was drawn",
    "settlement.subsidy": "wants a firm with a title in a round of awards (tests/subsidies)",
    "vouchers.name_payee": "wants a round of a programme that pays an office (tests/journeys/test_agency.py)",
    "vouchers.confirm_payee": "the same",
    **dict.fromkeys(
        [f"vouchers.{verb}" for verb in ("submit_bid", "withdraw_bid", "score_bid", "conclude_bids", "change_allotment", "end_bid")],
        "wants a round of a programme that chooses its providers (tests/vouchers/test_bids.py)",
    ),
    "vouchers.answer_appeal": "wants an appeal",
    "vouchers.appeal": "wants a refusal",
    "vouchers.edit_round": "wants a plan that the programme bears",
    "vouchers.export_firm_list": "wants a programme that names a list",
    "vouchers.import_firm_list": "the same",
    "vouchers.import_programme": "wants a programme's file",
    "vouchers.sign_values": "wants values that nobody has signed",
    "whatif.cancel": "wants a trial that was asked for",
    "whatif.firms_excel": "asks like every other export",
    "whatif.orders_excel": "asks like every other export",
}  # fmt: skip
# Sent without a key from a page on which another form has one.
BESIDE_ONE = {"evaluation.platform", "identity.password_slip", "matching.end_appointment"}


def test_every_page_binds_its_key_or_says_why_not():
    found = Counter(str(path.relative_to(ROOT / "marketplace")) for path in VIEWS for _ in unbound(path))
    assert dict(found) == BOUND_OTHERWISE


def unbound(path):
    """Calls of in_transaction whose work is not wrapped in `once`."""
    calls = [n for n in ast.walk(tree(path)) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "in_transaction"]
    return [one for one in calls if not (isinstance(one.args[0], ast.Call) and getattr(one.args[0].func, "id", "") == "once")]


@pytest.fixture
def walked(app, browser, monkeypatch):
    """Every form with a key that can be sent: endpoint → what is wrong with its key."""
    a_refusal_is_shown_once(monkeypatch)
    monkeypatch.setitem(app.config, "EXPORT_ROWS", 0)  # every list is long enough to be asked for
    rows = keyed_rows.rows()
    people = keyed_rows.people(rows)
    forms, walk = found_forms(app, browser, rows, people), Walk(browser)
    of_person = {who: [one[0] for one in forms.values() if one[0].who == who] for who in (*people, None)}
    found = {}
    for endpoint, known in sorted(forms.items()):
        if endpoint in NOT_WALKED:
            continue
        for form in known[:20]:
            others = [one for one in of_person[form.who] if one not in known][:6]
            wrong = in_a_savepoint(lambda: told(walk, form, others, people.get(form.who)))  # noqa: B023 – done at once
            if wrong is not None:
                found[endpoint] = wrong
                break
    return found


def told(walk: Walk, form: Found, others: list[Found], colleague) -> list[str] | None:
    """What is wrong with a form's key; nothing where the form itself is refused, as its row is not in the state for it."""
    key = new_key()
    walk.be(form.who)
    first, _made, commands = walk.send(form, **with_key(form, key))
    if first.status_code != 302 or not commands:
        return None
    again, made, _ = walk.send(form, **with_key(form, key))
    wrong = ["a second click is no success"] if again.headers.get("Location") != first.headers["Location"] else []
    wrong += ["a second click does it again"] if made else []
    wrong += refused("other content", (walk.send(form, **with_key(form, key), **{name: other}) for name, other in form.others.items()))
    wrong += refused("another verb", (walk.send(other, **with_key(other, key)) for other in others))
    if colleague is not None:
        walk.be(colleague)
        answer, made, _ = walk.send(form, **with_key(form, key))
        wrong += ["a colleague is answered"] if answer.status_code < 400 or made else []
    return wrong


def refused(what: str, answers) -> list[str]:
    """They are refused and make nothing: for what is wrong with them, until one is refused because of its key."""
    status = 409
    for answer, made, _commands in answers:
        status = answer.status_code
        if status < 400 or made:
            return [f"{what} is answered"]
        if status == 409:
            break
    return [f"{what} is not told from the first"] if status != 409 else []


def test_a_key_is_one_request_of_one_person_on_every_form_that_carries_it(app, walked):
    assert {endpoint: wrong for endpoint, wrong in walked.items() if wrong} == {}
    listed = {pages.endpoint_of_run(work) for work in PILES.values()}  # wants a list that was asked for (tests/piles)
    assert keyed_endpoints(app) - BESIDE_ONE - walked.keys() == NOT_WALKED.keys() | listed
