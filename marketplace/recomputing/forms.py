"""Shape of asking for a recomputation."""

from marketplace.web.forms import CommandForm


class RecomputeForm(CommandForm):
    """Start a recomputation."""
