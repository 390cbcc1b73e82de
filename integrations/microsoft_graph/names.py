"""Names SharePoint accepts for folders and files.

The rules are Microsoft's published restrictions for OneDrive and SharePoint: nine forbidden characters, names reserved
by Windows and by SharePoint itself, no blanks at either end, 255 characters for a name. Characters are counted as
SharePoint does, in UTF-16 units.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 255
_USUAL_LENGTH = 128
_SHORTEST_LIMIT = 32
_NAMELESS = "untitled"

_FORBIDDEN = re.compile(r'["*:<>?/\\|]')
_RESERVED = re.compile(
    r"^(?:(?:CON|PRN|AUX|NUL|(?:COM|LPT)[0-9¹²³]) *(?=\.|$)|desktop(?=\.ini$)|forms$)", re.IGNORECASE
)
_VTI = re.compile("_vti_", re.IGNORECASE)
_FILE_TYPE = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_JOINERS = "\u200c\u200d"
_NOT_IN_XML = "\ufffe\uffff"
_BLANK_ENDS = " ."


def folder_name(text: str, *, longest: int = _USUAL_LENGTH) -> str:
    """Make the nearest legal name of a folder or file from any text; a legal, short enough name stays as it is.

    Forbidden characters become hyphens, reserved names get one, invisible characters go, and what is too long is cut
    before the file type. The same text always gives the same name, and a name gives itself. ``longest`` counts UTF-16
    units (32 to 255); its default leaves room for subfolders, because a whole path may have 400.
    """
    if not _SHORTEST_LIMIT <= longest <= LONGEST_NAME:
        raise ValueError(f"longest must be from {_SHORTEST_LIMIT} to {LONGEST_NAME}")
    name = text
    while (nearer := _cut(_mended(name), longest)) != name:
        name = nearer
    return name


def check_name(name: str) -> str:
    """Give the name back if SharePoint takes it as it is.

    Raises:
        ValueError: it does not; `folder_name` gives the nearest one that it takes.
    """
    if folder_name(name, longest=LONGEST_NAME) != name:
        raise ValueError("not a legal name for a folder or file; folder_name() gives the nearest one")
    return name


def _mended(name: str) -> str:
    visible = "".join(_visible(character) for character in unicodedata.normalize("NFC", name))
    one_line = " ".join(_FORBIDDEN.sub("-", visible).split())
    tame = _VTI.sub("-vti-", one_line).lstrip(_BLANK_ENDS + "~").rstrip(_BLANK_ENDS)
    return _RESERVED.sub(lambda reserved: f"{reserved[0].rstrip()}-", tame)


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category in {"Cc", "Cs"} or character in _NOT_IN_XML:
        return "-"
    return "" if category == "Cf" and character not in _JOINERS else character


def _cut(name: str, longest: int) -> str:
    if not name.strip(_JOINERS):
        return _NAMELESS
    if _units(name) <= longest:
        return name
    file_type = _FILE_TYPE.search(name)
    ending = file_type[0] if file_type else ""
    stem = name.removesuffix(ending).encode("utf-16-le")[: 2 * (longest - len(ending))]
    return stem.decode("utf-16-le", "ignore").rstrip(_BLANK_ENDS) + ending


def _units(name: str) -> int:
    return len(name.encode("utf-16-le", "surrogatepass")) // 2
