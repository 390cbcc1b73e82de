"""One property of a page: its type, how a value is checked on the way in and spelled on the way out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from integrations.sandbox.business_central.refusals import RefusalError, bad_request

ZERO_GUID = str(UUID(int=0))
ZERO_DATE = "0001-01-01"
_ZERO_TIME = "0001-01-01T00:00:00Z"

ENUMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "opportunityStatus": ("Not Started", "In Progress", "Won", "Lost"),
        "contactType": ("Company", "Person"),
        "contactBusinessRelation": (
            " ", "Customer", "Vendor", "Bank Account", "Employee", "None", "Other", "Multiple",
        ),
        "customerBlocked": (" ", "Ship", "Invoice", "All"),
        "attachmentEntityBufferDocumentType": (" ", "Employee", "Job", "Item", "Customer", "Vendor"),
        "presalesOutcome": (" ", "Won", "Lost"),
    }
)  # fmt: skip

_EDM = {
    "Guid": "Edm.Guid",
    "Code": "Edm.String",
    "Text": "Edm.String",
    "Boolean": "Edm.Boolean",
    "Decimal": "Edm.Decimal",
    "Integer": "Edm.Int32",
    "BigInteger": "Edm.Int64",
    "Date": "Edm.Date",
    "DateTime": "Edm.DateTimeOffset",
    "Stream": "Edm.Stream",
}
_DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "Guid": ZERO_GUID,
        "Code": "",
        "Text": "",
        "Boolean": False,
        "Decimal": 0,
        "Integer": 0,
        "BigInteger": 0,
        "Date": ZERO_DATE,
        "DateTime": _ZERO_TIME,
    }
)
_READERS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {"Guid": UUID, "Date": date.fromisoformat, "DateTime": datetime.fromisoformat}
)
_SPEC = re.compile(r"^(?P<name>\w+) (?P<kind>\w+)(?:\[(?P<length>\d+)\])?(?P<write> write)?(?P<required> required)?$")


def spelled(member: str) -> str:
    """Spell an enum member as OData does; the blank member is ``_x0020_``."""
    return re.sub(r"[^0-9A-Za-z_]", lambda found: f"_x{ord(found[0]):04X}_", member)


@dataclass(frozen=True, slots=True)
class Property:
    """``kind`` is an AL type or the name of an enum; ``required`` is what `$metadata` calls not nullable."""

    name: str
    kind: str
    length: int | None = None
    writable: bool = False
    required: bool = False

    @classmethod
    def of(cls, line: str) -> Property:
        """Read ``number Code[20] write``."""
        found = _SPEC.match(line.strip())
        if found is None:
            raise ValueError(line)
        length = int(found["length"]) if found["length"] else None
        return cls(found["name"], found["kind"], length, bool(found["write"]), bool(found["required"]))

    @property
    def edm_type(self) -> str:
        """The type as `$metadata` names it."""
        return _EDM.get(self.kind) or f"Microsoft.NAV.{self.kind}"

    @property
    def default(self) -> Any:  # noqa: ANN401 - a value of the property's own type
        """What a field holds before anything is written to it: never null."""
        return ENUMS[self.kind][0] if self.kind in ENUMS else _DEFAULTS[self.kind]

    def shown(self, value: Any) -> Any:  # noqa: ANN401
        """Spell a stored value for an answer."""
        return spelled(value) if self.kind in ENUMS else value

    def accepted(self, value: object) -> Any:  # noqa: ANN401
        """Check a value from a request and give what is stored.

        Raises:
            RefusalError: wrong type, unknown member or too long.
        """
        if self.kind in ENUMS:
            return self._member(value)
        if self.kind in {"Code", "Text"} and isinstance(value, str):
            return self._text(value.strip().upper() if self.kind == "Code" else value)
        if not _fits(self.kind, value):
            raise self._unreadable(value)
        return value

    def _member(self, value: object) -> str:
        for member in ENUMS[self.kind]:
            if value == spelled(member):
                return member
        raise self._unreadable(value)

    def _text(self, text: str) -> str:
        length = len(text.encode("utf-16-le")) // 2
        if self.length is not None and length > self.length:
            raise bad_request(
                f"'{self.name}' has {length} characters; it takes at most {self.length}.",
                "Application_StringExceededLength",
            )
        return text

    def _unreadable(self, value: object) -> RefusalError:
        return bad_request(f"'{self.name}' cannot be read as {self.edm_type} from {type(value).__name__}.")


def _fits(kind: str, value: object) -> bool:
    if kind == "Boolean":
        return isinstance(value, bool)
    if kind in {"Decimal", "Integer", "BigInteger"}:
        wanted = int | float if kind == "Decimal" else int
        return isinstance(value, wanted) and not isinstance(value, bool)
    return isinstance(value, str) and kind in _READERS and _reads(kind, value)


def _reads(kind: str, value: str) -> bool:
    try:
        _READERS[kind](value)
    except ValueError:
        return False
    return kind != "Date" or len(value) == len(ZERO_DATE)
