"""The program: ``offerdesk`` or ``python -m bot``. Exit codes: 0 fine, 1 failed, 2 wrong usage."""

from __future__ import annotations

import sys

from bot import start
from bot.errors import ConfigurationError, DatabaseUnavailable
from bot.exit_codes import FAILED, INTERRUPTED


def main() -> None:
    """Run a command; what is wrong with the settings or the database is one readable line, never a traceback."""
    try:
        if sys.argv[1:] == ["serve"]:
            # Without the libraries of the command line: the server would keep them in memory as long as it runs.
            start.serve()
            sys.exit()
        from bot.commands import commands  # noqa: PLC0415

        commands(prog_name="offerdesk")
    except ConfigurationError as error:
        _say(str(error))
    except DatabaseUnavailable as error:
        cause = str(error.__cause__ or error).splitlines()[0]
        _say(f"The database does not answer: {cause}")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    sys.exit(FAILED)


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


if __name__ == "__main__":
    main()
