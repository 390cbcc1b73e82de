"""What made-up offers, clients and reasons are called: roles and things, never anybody's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.offers.models import OriginKind

if TYPE_CHECKING:
    from collections.abc import Mapping

THINGS: Mapping[str, tuple[str, ...]] = {
    "structures": (
        "Deployable boom",
        "Solar array hinge",
        "Hold-down and release mechanism",
        "Instrument support panel",
        "Pointing mechanism",
    ),
    "thermal": ("Loop heat pipe", "Radiator panel", "Heat switch", "Multilayer insulation set"),
    "electronics": ("Motor drive electronics", "Power switching unit", "Sensor front end", "Heater control board"),
    "radio_frequency": ("Ka-band feed chain", "Helix antenna", "Waveguide switch", "S-band patch antenna"),
    "ground_test": ("Vibration adapter", "Lifting device", "Transport container", "Test harness"),
    "services": ("Mechanism life study", "Structural analysis support", "Materials test campaign"),
}
"""By category of product."""
PHASES = (
    "phase A study",
    "phase B",
    "engineering model",
    "qualification model",
    "flight set",
    "second batch",
    "delta qualification",
)
CLIENTS: Mapping[str, tuple[str, ...]] = {
    "Prime contractor A": ("Satellites", "Exploration", "Equipment"),
    "Prime contractor B": ("Launchers", "Telecommunications"),
    "Agency A": ("Technology", "Earth observation"),
    "Integrator C": ("Constellations",),
    "Launch company D": (),
}
"""Groups and their entities."""
COUNTRIES = ("FR", "DE", "IT", "BE", "ES")
ORIGINS: Mapping[OriginKind, int] = {
    OriginKind.ESA_PORTAL: 34,
    OriginKind.CLIENT: 30,
    OriginKind.FAIR: 9,
    OriginKind.CONFERENCE: 6,
    OriginKind.WORKSHOP: 5,
    OriginKind.MAILING: 6,
    OriginKind.CALL_CAMPAIGN: 4,
    OriginKind.SERVICE_REQUEST: 6,
}
"""How often each, in a hundred."""
CAMPAIGNS: Mapping[OriginKind, str] = {
    OriginKind.FAIR: "Industry fair",
    OriginKind.CONFERENCE: "Mechanisms conference",
    OriginKind.MAILING: "Spring mailing",
    OriginKind.CALL_CAMPAIGN: "Autumn calls",
}
COMPETITORS = ("Competitor A", "Competitor B", "Competitor C", "Competitor D")
SUMMARIES = (
    "A follow-up of what we fly already; the schedule is tight.",
    "A new client in our field; the technical risk is known.",
    "Opens a market for us; one part has to be bought.",
    "Close to our last qualification; most drawings exist.",
)
NO_GO_REASONS = ("The price ceiling is too low.", "No capacity in that half year.", "Outside our strategy.")
END_NOTES = ("Said in the debrief.", "Told by the client on the phone.", "Written in the letter of the client.")
QUESTIONS = ("Which margin does the mass budget have?", "Can delivery be moved forward by a month?")
CLAUSES = ("Penalties for delay", "Intellectual property", "Payment milestones")
AMENDMENTS = ("Second test campaign", "Additional spare set", "Later delivery")
CORRECTIONS = ("Entered on the wrong offer.", "A day of tests was forgotten.")
