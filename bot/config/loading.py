"""Reading a company's configuration, with messages that name file, line and way out."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.config.lines import Path as Place
from bot.config.lines import line_of, syntax_line
from bot.config.models import Checklist, Company, Holidays, Lists, Reasons, Rules, Stages, Systems, Watch
from bot.errors import ConfigurationError

DEFAULTS = Path(__file__).parent
FILES: Mapping[str, type[BaseModel]] = {
    "watch.toml": Watch,
    "rules.toml": Rules,
    "stages.toml": Stages,
    "reasons.toml": Reasons,
    "holidays.toml": Holidays,
    "lists.toml": Lists,
    "checklist.toml": Checklist,
    "systems.toml": Systems,
}
ONE_NAMESPACE = frozenset({"stage", "post_award"})
"""Lists whose codes must differ from one another, because one history shows both."""
ALWAYS_KNOWN = frozenset({"contact", "salesperson", "title", "category"})
"""What Business Central may wait for, beside the axes of a company's lists."""
SIZE_LIMIT = 1_000_000
"""Bytes; a configuration is written by hand."""

M = TypeVar("M", bound=BaseModel)


class ConfigurationProblems(ConfigurationError):
    """{file}, line {line}: {problem} {remedy}"""  # noqa: D415  as its parent; it speaks with the first problem

    def __init__(self, errors: tuple[ConfigurationError, ...]) -> None:
        """Keep all problems; ``errors`` holds at least one."""
        super().__init__(**errors[0].params)
        self.errors = errors

    def __str__(self) -> str:
        """One line for each problem."""
        return "\n".join(str(error) for error in self.errors)


def load(directory: Path | None = None) -> Company:
    """The company's configuration: each file of ``directory`` replaces the default file of the same name.

    Raises:
        ConfigurationProblems: with every problem found in every file.
    """
    if directory is None:
        return default()
    problems: list[ConfigurationError] = []
    if not directory.is_dir():
        raise ConfigurationProblems((_no_folder(directory),))
    problems += [_unknown_file(path) for path in sorted(directory.glob("*.toml")) if path.name not in FILES]
    read: dict[str, BaseModel] = {}
    for name, model in FILES.items():
        own = directory / name
        try:
            read[name] = _read(own if own.is_file() else DEFAULTS / name, model)
        except ConfigurationProblems as error:
            problems += error.errors
    if not problems:
        problems += _unknown_axes(directory / "systems.toml", read)
    if problems:
        raise ConfigurationProblems(tuple(problems))
    return _company(read)


@cache
def default() -> Company:
    """The built-in configuration."""
    return _company({name: _read(DEFAULTS / name, model) for name, model in FILES.items()})


def _unknown_axes(path: Path, read: Mapping[str, Any]) -> list[ConfigurationError]:
    """What Business Central must wait for, but nobody could ever fill."""
    systems: Systems = read["systems.toml"]
    lists: Lists = read["lists.toml"]
    known = {*ALWAYS_KNOWN, *(axis.code for axis in lists.axes)}
    unknown = [name for name in systems.business_central.mandatory if name not in known]
    return [
        _error(
            path,
            None,
            f"business_central.mandatory names {name!r}, which no axis of lists.toml has.",
            f"Write one of {', '.join(sorted(known))}.",
        )
        for name in unknown
    ]


def check(path: Path) -> tuple[ConfigurationError, ...]:
    """Every problem of one file or of a folder; empty when all is well. A file's name says what it is."""
    try:
        if path.is_dir():
            load(path)
        elif path.name in FILES:
            _read(path, FILES[path.name])
        else:
            return (_unknown_file(path),)
    except ConfigurationProblems as error:
        return error.errors
    return ()


def _company(read: Mapping[str, Any]) -> Company:
    return Company(
        watch=read["watch.toml"],
        rules=read["rules.toml"],
        stages=read["stages.toml"],
        reasons=read["reasons.toml"],
        holidays=read["holidays.toml"],
        lists=read["lists.toml"],
        checklist=read["checklist.toml"],
        systems=read["systems.toml"],
    )


def parse(name: str, text: str) -> BaseModel:
    """What a file of this name with this text would mean; nothing is written, and other files are not looked at.

    Raises:
        ConfigurationProblems: every problem with line and remedy, also that there is no such file.
    """
    path = Path(name)
    if name not in FILES:
        raise ConfigurationProblems((_unknown_file(path),))
    return _parsed(path, text, FILES[name])


def text_of(name: str, directory: Path | None) -> str:
    """The text of the file that holds now: the company's own, else the built-in one. ``name`` is one of ``FILES``.

    Raises:
        ConfigurationProblems: it cannot be read.
    """
    own = directory / name if directory is not None else None
    return _text(own if own is not None and own.is_file() else DEFAULTS / name)


def _read(path: Path, model: type[M]) -> M:
    return _parsed(path, _text(path), model)


def _parsed(path: Path, text: str, model: type[M]) -> M:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = f"This is not TOML: {error}."
        raise ConfigurationProblems((_error(path, syntax_line(error), problem, "Mend this line."),)) from error
    doubled = tuple(_doubled(path, text, data))
    try:
        made = model.model_validate(data)
    except ValidationError as error:
        found = tuple(
            _translate(path, text, model, details) for details in error.errors(include_url=False, include_input=False)
        )
        raise ConfigurationProblems((*doubled, *found)) from error
    if doubled:
        raise ConfigurationProblems(doubled)
    return made


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise ConfigurationProblems(
                (_error(path, None, "The file is larger than 1 MB.", "Write it anew from the documented example."),)
            )
        return path.read_text(encoding="utf-8")
    except OSError as error:
        problem = f"The file cannot be read: {error.strerror or error}."
        raise ConfigurationProblems((_error(path, None, problem, "Check its name and its access rights."),)) from error
    except UnicodeDecodeError as error:
        raise ConfigurationProblems(
            (_error(path, None, "The file is not UTF-8 text.", "Save it as UTF-8."),)
        ) from error


def _doubled(path: Path, text: str, data: Mapping[str, Any]) -> list[ConfigurationError]:
    """Codes that stand twice in one list of tables; stages and post-award steps share theirs."""
    problems = []
    shared: set[str] = set()
    for key, entries in data.items():
        problems += _codes(path, text, (key,), entries, shared if key in ONE_NAMESPACE else set())
    return problems


def _codes(path: Path, text: str, where: Place, entries: object, seen: set[str]) -> list[ConfigurationError]:
    """What :func:`_doubled` finds in one list, and in the lists of its entries."""
    problems = []
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if not isinstance(entry, dict):
            continue
        code = entry.get("code")
        if isinstance(code, str):
            if code in seen:
                line = line_of(text, (*where, index, "code"))
                problems.append(_error(path, line, f"The code {code!r} stands twice.", "Give each entry its own code."))
            seen.add(code)
        for key, inner in entry.items():
            problems += _codes(path, text, (*where, index, key), inner, set())
    return problems


def _translate(path: Path, text: str, model: type[BaseModel], details: Mapping[str, Any]) -> ConfigurationError:
    where = tuple(details["loc"])
    name = ".".join(str(part + 1) if isinstance(part, int) else part for part in where)
    line = line_of(text, where)
    if details["type"] == "extra_forbidden":
        return _error(path, line, f"The key {name!r} is unknown.", _nearest(model, where))
    if details["type"] == "missing":
        return _error(path, line, f"The key {name!r} is missing.", "Add it; the documented example shows how.")
    message = str(details["msg"]).removeprefix("Value error, ").rstrip(".")
    problem = f"{name}: {message}." if name else f"{message}."
    return _error(path, line, problem, "Correct the value.")


def _nearest(model: type[BaseModel], where: tuple[str | int, ...]) -> str:
    """The remedy for an unknown key: the nearest key that exists there."""
    names = _keys(model, where[:-1])
    close = difflib.get_close_matches(str(where[-1]), names, 1, 0.6)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"Remove it, or use one of: {', '.join(names)}." if names else "Remove it."


def _keys(model: type[BaseModel], where: tuple[str | int, ...]) -> list[str]:
    """The keys allowed at a place of the file."""
    schema: dict[str, Any] = model.model_json_schema()
    node: dict[str, Any] = schema
    for part in where:
        node = node.get("items", {}) if isinstance(part, int) else node.get("properties", {}).get(part, {})
        if reference := node.get("$ref"):
            node = schema["$defs"][reference.rpartition("/")[2]]
    return list(node.get("properties", {}))


def _unknown_file(path: Path) -> ConfigurationError:
    names = ", ".join(FILES)
    close = difflib.get_close_matches(path.name, list(FILES), 1, 0.6)
    remedy = f"Rename it to {close[0]}." if close else f"Use one of these names: {names}."
    return _error(path, None, "Offerdesk reads no file of this name.", remedy)


def _no_folder(directory: Path) -> ConfigurationError:
    return _error(
        directory,
        None,
        "This folder does not exist.",
        "Create it, or unset OFFERDESK_CONFIG_DIR to use the built-in defaults.",
    )


def _error(path: Path, line: int | None, problem: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(file=str(path), line=line, problem=problem, remedy=remedy)
