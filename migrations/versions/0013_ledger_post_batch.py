"""Post many entries in one call on PostgreSQL.

The set form of ledger_post: keys, accounts to open, guarded totals (each account once, in the order of locking), then all transfers in one
insert, with version and balance after each and the leaf that covers them. It runs with the caller's rights. Answers 0, or -1 when a key
is known, or the place of the change that was refused; whoever calls takes back what was written then.
"""

from alembic import op

revision = "0013_ledger_post_batch"
down_revision = "0012_ledger_post"
branch_labels = None
depends_on = None

_POST_BATCH = """
CREATE FUNCTION ledger_post_batch(
  e_book uuid, e_effective_on date, e_recorded_at timestamptz, leaf_format_used smallint,
  e_ids uuid[], e_verbs text[], e_actors uuid[], e_subject_types text[], e_subjects uuid[], e_keys text[], e_hashes text[],
  e_counts smallint[],
  o_ids uuid[], o_codes text[], o_kinds text[], o_shared boolean[], o_negative boolean[], o_opened timestamptz[], o_leaves text[],
  a_ids uuid[], a_debits bigint[], a_credits bigint[], a_needs bigint[], a_transfers bigint[],
  t_ids uuid[], t_entries integer[], t_positions smallint[], t_debits integer[], t_credits integer[], t_amounts bigint[], t_bytes bytea[]
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  versions bigint[];
  balances bigint[];
  debit_versions bigint[];
  debit_balances bigint[];
  credit_versions bigint[];
  credit_balances bigint[];
  leaves text[];
  written bigint;
  place integer;
  covered bytea;
  number bigint;
  digits text;
  found_version bigint;
  found_balance bigint;
  d integer;
  c integer;
BEGIN
  INSERT INTO ledger_entries (book_id, id, verb, actor_id, subject_type, subject_id, idempotency_key, request_hash, effective_on,
                              recorded_at, reverses_id, transfer_count)
  SELECT e_book, e.id, e.verb, e.actor, e.subject_type, e.subject, e.key, e.hash, e_effective_on, e_recorded_at, NULL, e.count
  FROM unnest(e_ids, e_verbs, e_actors, e_subject_types, e_subjects, e_keys, e_hashes, e_counts)
       AS e (id, verb, actor, subject_type, subject, key, hash, count)
  ORDER BY e.key
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS written = ROW_COUNT;
  IF written < cardinality(e_ids) THEN
    RETURN -1;
  END IF;
  INSERT INTO ledger_accounts (book_id, id, code, kind, shared, may_go_negative, debits_fen, credits_fen, version, opened_at,
                               leaf_format, leaf_hash)
  SELECT e_book, o.id, o.code, o.kind, o.shared, o.negative, 0, 0, 0, o.opened, leaf_format_used, o.leaf
  FROM unnest(o_ids, o_codes, o_kinds, o_shared, o_negative, o_opened, o_leaves) AS o (id, code, kind, shared, negative, opened, leaf)
  ON CONFLICT DO NOTHING;
  versions := array_fill(NULL::bigint, ARRAY[cardinality(a_ids)]);
  balances := versions;
  IF cardinality(a_ids) > 0 THEN  -- locked in their order, then updated in any: one statement for all
    PERFORM 1 FROM ledger_accounts l JOIN unnest(a_ids) WITH ORDINALITY AS a (id, place) ON l.id = a.id
    WHERE l.book_id = e_book ORDER BY a.place FOR NO KEY UPDATE OF l;
  END IF;
  FOR place, found_version, found_balance IN
    UPDATE ledger_accounts l
    SET debits_fen = l.debits_fen + a.debit, credits_fen = l.credits_fen + a.credit, version = l.version + a.transfers
    FROM unnest(a_ids, a_debits, a_credits, a_needs, a_transfers) WITH ORDINALITY AS a (id, debit, credit, need, transfers, place)
    WHERE l.book_id = e_book AND l.id = a.id AND (l.may_go_negative OR l.credits_fen - l.debits_fen >= a.need)
    RETURNING a.place, l.version - a.transfers, l.credits_fen - l.debits_fen - a.credit + a.debit
  LOOP
    versions[place] := found_version;
    balances[place] := found_balance;
  END LOOP;
  place := array_position(versions, NULL);
  IF place IS NOT NULL THEN
    RETURN place;
  END IF;
  FOR i IN 1 .. cardinality(t_ids) LOOP
    d := t_debits[i];
    c := t_credits[i];
    versions[d] := versions[d] + 1;
    balances[d] := balances[d] - t_amounts[i];
    versions[c] := versions[c] + 1;
    balances[c] := balances[c] + t_amounts[i];
    debit_versions[i] := versions[d];
    debit_balances[i] := balances[d];
    credit_versions[i] := versions[c];
    credit_balances[i] := balances[c];
    covered := t_bytes[i];
    FOREACH number IN ARRAY ARRAY[versions[d], balances[d], versions[c], balances[c]] LOOP
      digits := number::text;
      covered := covered || '\\x49'::bytea || int8send(length(digits)::bigint) || convert_to(digits, 'UTF8');
    END LOOP;
    leaves[i] := encode(sha256(covered), 'hex');
  END LOOP;
  INSERT INTO ledger_transfers (book_id, id, entry_id, position, debit_account_id, credit_account_id, amount_fen, debit_version,
                                debit_balance_fen, credit_version, credit_balance_fen, leaf_format, leaf_hash)
  SELECT e_book, t.id, e_ids[t.entry], t.position, a_ids[t.debit], a_ids[t.credit], t.amount, t.dv, t.db, t.cv, t.cb, leaf_format_used,
         t.leaf
  FROM unnest(t_ids, t_entries, t_positions, t_debits, t_credits, t_amounts, debit_versions, debit_balances, credit_versions,
              credit_balances, leaves)
       AS t (id, entry, position, debit, credit, amount, dv, db, cv, cb, leaf);
  RETURN 0;
END $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_POST_BATCH)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS ledger_post_batch")
