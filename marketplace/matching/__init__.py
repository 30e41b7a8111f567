"""Needs lists and supply lists, recommendation, plan, pipeline (供需对接)."""
