"""Every change of programmes, rounds, applications and vouchers. Services assume a transaction is open."""
