"""The error tree. Each docstring is the English message a user sees; the French one stands in ``cards/texts``.

OfferdeskError
├── Refused                     the request is understood and not allowed; the user reads why and what to do
│   ├── NotAllowed              the person lacks the role
│   ├── NotFound                the thing does not exist (any more)
│   ├── Stale                   somebody else was faster; the current state is shown
│   └── Invalid                 input that cannot be accepted, with the field it stands in
├── ConfigurationError          stops the start: file, line, remedy
└── DatabaseUnavailable         the database did not answer
"""

from __future__ import annotations

from typing import Any


class OfferdeskError(Exception):
    """Something went wrong. Please try again."""

    key = "errors.unexpected"
    """Key of the text in ``cards/texts``; parameters come from :attr:`params`."""

    def __init__(self, **params: Any) -> None:  # noqa: ANN401  whatever the text names
        """Keep the values that the text names."""
        super().__init__(self.key, params)
        self.params = params


class Refused(OfferdeskError):
    """This is not possible."""

    key = "errors.refused"


class NotAllowed(Refused):
    """Only {roles} may do this."""

    key = "errors.not_allowed"


class NotFound(Refused):
    """This does not exist any more."""

    key = "errors.not_found"


class Stale(Refused):
    """Somebody changed this in the meantime. Here is the current state."""

    key = "errors.stale"


class Invalid(Refused):
    """Please check the marked fields.

    ``fields`` maps the name of an input to ``(text key, parameters)``: the error is shown at the field and nothing
    typed is lost. ``shown`` are values that the form shows instead of what came in: what somebody else changed in
    inputs this person left alone.
    """

    key = "errors.invalid"

    def __init__(
        self,
        fields: dict[str, tuple[str, dict[str, Any]]] | None = None,
        *,
        shown: dict[str, str] | None = None,
        **params: object,
    ) -> None:
        """Keep the errors by field."""
        super().__init__(**params)
        self.fields = fields or {}
        self.shown = shown or {}


class ConfigurationError(OfferdeskError):
    """{file}, line {line}: {problem} {remedy}"""  # noqa: D415  the sentences end in the parameters

    key = "errors.configuration"

    def __init__(self, *, file: str, line: int | None, problem: str, remedy: str) -> None:
        """Name the place and the way out."""
        super().__init__(file=file, line=line, problem=problem, remedy=remedy)

    def __str__(self) -> str:
        """One readable sentence for the terminal."""
        line = f", line {self.params['line']}" if self.params["line"] else ""
        return f"{self.params['file']}{line}: {self.params['problem']} {self.params['remedy']}"


class DatabaseUnavailable(OfferdeskError):
    """The database does not answer. Nothing was changed; please try again in a minute."""

    key = "errors.database_unavailable"
