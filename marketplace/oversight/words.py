"""Words for what the ledger, the trail and the signals say in codes, of all capabilities. A code without a word is shown as it is."""

from marketplace.audit.words import said
from marketplace.capabilities import modules
from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Life

VERBS = said("entries")  # why an entry was made
NOUNS = {**said("nouns"), **said("subjects")}  # what an event is about
ACTION_NOUNS = tuple(sorted(said("nouns")))  # of these, what actions begin with; by name, as the trail's filter lists them
DEEDS = said("deeds")
DETAILS = said("details")
SIGNAL_KINDS = said("signals")

LIVES = tuple(one for module in modules("lifecycle") for one in vars(module).values() if isinstance(one, Life))
PAST: dict[str, str] = {event: past for life in LIVES for event, past in life.pasts().items()}  # actions that a life names whole

TABLES: dict[str, str] = {  # what a verification reads
    "ledger_books": N_("账本"),
    "ledger_accounts": N_("账户"),
    "ledger_entries": N_("分录"),
    "ledger_transfers": N_("转账"),
    "audit_events": N_("操作留痕"),
    "seal_blocks": N_("封存区块"),
    "seal_members": N_("封存名册"),
}
