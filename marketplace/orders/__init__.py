"""Order, contract, delivery, acceptance, review (订单、验收)."""
