"""Post an entry in one call on PostgreSQL.

Six round trips became three, and Python builds one statement instead of four. The function does what the single statements do, in the
same order: the key, the accounts to open, the guarded totals, the transfers with version and balance after. A transfer's leaf covers its
versions and balances, which are known only here, so the function finishes the hash; it is handed everything that comes before them.
It runs with the caller's rights. Answers 0, or -1 when the key is known, or the place of the change that was refused.
"""

from alembic import op

revision = "0012_ledger_post"
down_revision = "0011_seals"
branch_labels = None
depends_on = None

_POST = """
CREATE FUNCTION ledger_post(
  e_book uuid, e_id uuid, e_verb text, e_actor uuid, e_subject_type text, e_subject uuid, e_key text, e_request_hash text,
  e_effective_on date, e_recorded_at timestamptz, e_reverses uuid, leaf_format_used smallint,
  o_ids uuid[], o_codes text[], o_kinds text[], o_shared boolean[], o_negative boolean[], o_opened timestamptz[], o_leaves text[],
  a_ids uuid[], a_debits bigint[], a_credits bigint[], a_transfers bigint[],
  t_ids uuid[], t_debits integer[], t_credits integer[], t_amounts bigint[], t_bytes bytea[]
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  versions bigint[];
  balances bigint[];
  found_version bigint;
  found_balance bigint;
  covered bytea;
  number bigint;
  digits text;
  d integer;
  c integer;
BEGIN
  INSERT INTO ledger_entries (book_id, id, verb, actor_id, subject_type, subject_id, idempotency_key, request_hash, effective_on,
                              recorded_at, reverses_id, transfer_count)
  VALUES (e_book, e_id, e_verb, e_actor, e_subject_type, e_subject, e_key, e_request_hash, e_effective_on,
          e_recorded_at, e_reverses, cardinality(t_ids))
  ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    RETURN -1;
  END IF;
  FOR i IN 1 .. cardinality(o_ids) LOOP
    INSERT INTO ledger_accounts (book_id, id, code, kind, shared, may_go_negative, debits_fen, credits_fen, version, opened_at,
                                 leaf_format, leaf_hash)
    VALUES (e_book, o_ids[i], o_codes[i], o_kinds[i], o_shared[i], o_negative[i], 0, 0, 0, o_opened[i], leaf_format_used, o_leaves[i])
    ON CONFLICT DO NOTHING;
  END LOOP;
  FOR i IN 1 .. cardinality(a_ids) LOOP
    UPDATE ledger_accounts
    SET debits_fen = debits_fen + a_debits[i], credits_fen = credits_fen + a_credits[i], version = version + a_transfers[i]
    WHERE book_id = e_book AND id = a_ids[i] AND (may_go_negative OR credits_fen - debits_fen + a_credits[i] - a_debits[i] >= 0)
    RETURNING version - a_transfers[i], credits_fen - debits_fen - a_credits[i] + a_debits[i] INTO found_version, found_balance;
    IF NOT FOUND THEN
      RETURN i;
    END IF;
    versions[i] := found_version;
    balances[i] := found_balance;
  END LOOP;
  FOR i IN 1 .. cardinality(t_ids) LOOP
    d := t_debits[i];
    c := t_credits[i];
    versions[d] := versions[d] + 1;
    balances[d] := balances[d] - t_amounts[i];
    versions[c] := versions[c] + 1;
    balances[c] := balances[c] + t_amounts[i];
    covered := t_bytes[i];
    FOREACH number IN ARRAY ARRAY[versions[d], balances[d], versions[c], balances[c]] LOOP
      digits := number::text;
      covered := covered || '\\x49'::bytea || int8send(length(digits)::bigint) || convert_to(digits, 'UTF8');
    END LOOP;
    INSERT INTO ledger_transfers (book_id, id, entry_id, position, debit_account_id, credit_account_id, amount_fen, debit_version,
                                  debit_balance_fen, credit_version, credit_balance_fen, leaf_format, leaf_hash)
    VALUES (e_book, t_ids[i], e_id, i - 1, a_ids[d], a_ids[c], t_amounts[i], versions[d], balances[d], versions[c], balances[c],
            leaf_format_used, encode(sha256(covered), 'hex'));
  END LOOP;
  RETURN 0;
END $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_POST)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS ledger_post")
