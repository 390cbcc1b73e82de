"""A Microsoft Teams that runs on this machine: Bot Connector, people, dialogs, and a page to look at it all."""

from integrations.sandbox.teams.personas import DEFAULT_PERSONAS, Persona
from integrations.sandbox.teams.simulator import TeamsSimulator

__all__ = ["DEFAULT_PERSONAS", "Persona", "TeamsSimulator"]
