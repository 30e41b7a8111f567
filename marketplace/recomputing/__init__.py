"""Everything that was decided is decided again (复算): from the frozen rules and the stored facts, beside the books and the trail."""
