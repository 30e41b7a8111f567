"""The demo region: fictional firms, orders in every state, laid relative to today."""
