"""Providers and their offerings: admission, listing, price (服务机构、服务产品)."""
