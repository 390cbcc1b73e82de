"""Which names the library takes (Microsoft's restrictions for SharePoint and OneDrive)."""

from __future__ import annotations

from integrations.sandbox.graph.refusals import RefusedError, bad

_LONGEST_NAME = 255
_LONGEST_PATH = 400
_FORBIDDEN = frozenset('"*:<>?/\\|')
_RESERVED = frozenset(
    {".lock", "con", "prn", "aux", "nul", "desktop.ini"}
    | {f"{device}{number}" for device in ("com", "lpt") for number in range(10)}
)


def refuse_illegal(name: object, *, at_root: bool) -> str:
    """Give the name back, or refuse it; ``at_root`` says that it would lie directly in the library."""
    if not isinstance(name, str) or not name:
        raise bad("The name must be given.")
    if _is_illegal(name) or (at_root and name.casefold() == "forms"):
        raise bad("The provided name cannot contain illegal characters or be reserved.", inner_code="invalidName")
    if _units(name) > _LONGEST_NAME:
        raise _too_long()
    return name


def refuse_long(path: str) -> None:
    """Refuse a path, from the library on, that is longer than SharePoint takes."""
    if _units(path) > _LONGEST_PATH:
        raise _too_long()


def _is_illegal(name: str) -> bool:
    folded = name.casefold()
    return (
        not _FORBIDDEN.isdisjoint(name)
        or any(character < " " or "\x7f" <= character <= "\x9f" for character in name)
        or name != name.strip(" ")
        or name.endswith(".")
        or name.startswith(("~$", "~"))
        or "_vti_" in folded
        or folded in _RESERVED
    )


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _too_long() -> RefusedError:
    return bad("The specified name or path is too long.", inner_code="pathIsTooLong")
