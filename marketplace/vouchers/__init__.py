"""Programmes, rounds, applications and vouchers (服务券、创新券)."""
