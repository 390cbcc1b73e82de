"""Understanding what somebody typed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.teams.commands import ALIASES, SHOWN, Command, NotUnderstood, Understood, fold, understand


@pytest.mark.parametrize(
    ("text", "command", "words"),
    [
        ("", Command.HELP, ""),
        ("   ", Command.HELP, ""),
        ("AIDE", Command.HELP, ""),
        ("help?", Command.HELP, ""),
        ("?", Command.HELP, ""),
        ("Bonjour !", Command.HELP, ""),
        ("/rfps", Command.RFPS, ""),
        ("appels d’offres", Command.RFPS, ""),
        ("Appels d'offres", Command.RFPS, ""),
        ("offre S580", Command.OFFER, "S580"),
        ("s580", Command.OFFER, "S580"),
        ("S580P", Command.OFFER, "S580P"),
        ("EN ATTENTE", Command.PENDING, ""),
        ("en atente", Command.PENDING, ""),
        ("pendng", Command.PENDING, ""),
        ("à faire", Command.PENDING, ""),
        ("find Thermal Protection", Command.FIND, "Thermal Protection"),
        ("chercher protection thermique", Command.FIND, "protection thermique"),
        ("serch aerogel", Command.FIND, "aerogel"),
        ("1-13692", Command.FIND, "1-13692"),
        ("AO/1-13692/26/NL/AB", Command.FIND, "AO/1-13692/26/NL/AB"),
        ("nouvelle demande", Command.NEW_RFP, ""),
        ("new  RFP", Command.NEW_RFP, ""),
        ("qui", Command.WHO, ""),
        ("Post Here", Command.POST_HERE, ""),
        ("publier ici", Command.POST_HERE, ""),
        ("Rôles", Command.ROLES, ""),
        ("supléant", Command.DEPUTY, ""),
        ("suppléant", Command.DEPUTY, ""),
        ("profil", Command.PROFILE, ""),
        ("langue", Command.PROFILE, ""),
    ],
)
def test_what_is_understood(text: str, command: Command, words: str) -> None:
    assert understand(text) == Understood(command, words)


@pytest.mark.parametrize("text", ["post hre", "publier ixi", "poste icci"])
def test_choosing_the_channel_is_never_run_from_a_misspelling(text: str) -> None:
    found = understand(text)
    assert isinstance(found, NotUnderstood)
    assert Command.POST_HERE in found.guesses


def test_nonsense_has_no_guess_or_at_most_three() -> None:
    assert understand("qwertzuiop") == NotUnderstood("qwertzuiop")
    found = understand("rol")
    assert isinstance(found, NotUnderstood)
    assert found.guesses[0] is Command.ROLES
    assert len(found.guesses) <= 3


def test_what_is_suggested_is_understood() -> None:
    for language in ("fr", "en"):
        assert set(SHOWN[language]) == set(Command)
        for command, text in SHOWN[language].items():
            assert understand(text) == Understood(command)


@given(
    st.sampled_from([(command, spelling) for command, all_ in ALIASES.items() for spelling in all_]),
    st.text(max_size=30),
)
@settings(max_examples=200, deadline=None)
def test_every_spelling_with_words_after_it_is_its_command(given_: tuple[Command, str], after: str) -> None:
    command, spelling = given_
    found = understand(f"{spelling.upper()} {after}")
    assert isinstance(found, Understood)
    assert found.command is command or ALIASES[found.command], "a longer spelling may win"


@given(st.text(max_size=300))
@settings(max_examples=400, deadline=None)
def test_nothing_typed_fails(text: str) -> None:
    found = understand(text)
    assert isinstance(found, Understood | NotUnderstood)
    if isinstance(found, NotUnderstood):
        assert len(found.guesses) <= 3
        assert found.text
    assert fold(fold(text)) == fold(text) or not text.isascii()
