"""Whose money and whose days a programme reckons with: its currency, its time zone, its calendar. Without a word: those of China."""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from marketplace.kernel.calendars import CHINESE, Calendar, known_calendars
from marketplace.kernel.currencies import currencies
from marketplace.kernel.errors import N_
from marketplace.kernel.money import CNY, Currency
from marketplace.kernel.policyfiles.kinds import LONGEST_ECHO, Choice, Field, Names
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.kernel.policyfiles.reading import key
from marketplace.kernel.zones import CHINA, day_in, is_east_of_china, zone
from marketplace.policy.programme_words import Format

_SECOND = Format.PROGRAMME_2


@dataclass(frozen=True, slots=True)
class ZoneName(Field):
    """A time zone of the IANA database, no further east than China: the house closes its days by China's, and would be late there."""

    label: str
    required: bool = False
    hint: str = ""

    def complaint(self, value: object) -> Complaint | None:
        params: dict[str, object] = {"label": self.label, "value": value[:LONGEST_ECHO] if isinstance(value, str) else type(value).__name__}
        try:
            found = zone(str(value))
        except KeyError:
            wrong = N_("“%(label)s”的取值 %(value)s 不是时区名称。")
            return Complaint(wrong, N_('请按 IANA 时区数据库填写，例如 "Asia/Shanghai"、"Europe/London"。'), params)
        if is_east_of_china(found):
            return Complaint(N_("“%(label)s”的取值 %(value)s 目前尚不支持。"), N_("请填写东八区或以西的时区。"), params)
        return None


class CurrencyCode(Choice):
    """A currency, written as its name and code."""

    def text(self, value: object, names: Names) -> str:
        return f"{self.value(value).label}（{value}）"


@dataclass(frozen=True, kw_only=True)
class InItsPlace:
    """Money is in one currency, days are those of one time zone, working days those of one calendar."""

    currency_code: Currency | None = key(
        CurrencyCode(N_("币种"), currencies().values(), required=False, hint=N_("不填为人民币。")), name="currency", since=_SECOND
    )
    zone_name: str | None = key(
        ZoneName(N_("时区"), hint=N_("不填为北京时间；其他时区例如 Europe/London。")), name="time_zone", since=_SECOND
    )
    calendar_name: Calendar | None = key(
        Choice(N_("工作日历"), known_calendars(), required=False, hint=N_("不填为中国工作日历。")), name="calendar", since=_SECOND
    )

    @property
    def currency(self) -> Currency:
        """In which its amounts are, each a whole number of the smallest unit."""
        return self.currency_code or CNY

    @property
    def zone(self) -> tzinfo:
        """Whose days its days are."""
        return zone(self.zone_name or CHINA)

    @property
    def calendar(self) -> str:
        """By which calendar its working days are counted."""
        return self.calendar_name or CHINESE

    def day_of(self, instant: datetime) -> date:
        """The day of an instant where the programme is."""
        return day_in(instant, self.zone)
