"""The column by which people know a group of associates."""

from marketplace.enterprises.models import FirmGroup

NAMES = {"firm_group": (FirmGroup.id, FirmGroup.number)}
