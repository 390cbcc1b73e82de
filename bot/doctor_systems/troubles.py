"""What each error of another system means, and the setting or the screen that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from bot.findings import Finding, State
from integrations.business_central import NotAccepted, NotAllowed, RecordMissing
from integrations.entra import LoginProblem, LoginRefused
from integrations.errors import Authentication, Configuration, Drift, Permanent, ServiceError
from integrations.pipedrive import Blocked, BudgetExhausted

NOT_PIPEDRIVE = "Pipedrive's API is not at this address ({error})."
PIPEDRIVE_ADDRESS = "Set OFFERDESK_PIPEDRIVE_BASE_URL to the address your Pipedrive opens at."


@dataclass(frozen=True, slots=True)
class Trouble:
    """What one kind of error means; ``detail`` may repeat the ``{error}``."""

    kind: type[ServiceError]
    detail: str
    remedy: str
    statuses: tuple[int, ...] = ()
    state: State = State.BROKEN


@dataclass(frozen=True, slots=True)
class Outside:
    """How one system is called, whose settings begin with ``prefix``; ``tenant``: the setting with its Entra tenant.
    The first of ``troubles`` that fits is told, else that it cannot be reached.
    """

    name: str
    prefix: str
    troubles: tuple[Trouble, ...]
    tenant: str = ""

    def finding(self, error: ServiceError) -> Finding:
        """What went wrong."""
        if isinstance(error, LoginRefused):
            return Finding(self.name, State.BROKEN, *_refused_login(error, self.prefix, self.tenant))
        for trouble in self.troubles:
            if isinstance(error, trouble.kind) and (not trouble.statuses or error.status in trouble.statuses):
                return Finding(self.name, trouble.state, trouble.detail.format(error=error), trouble.remedy)
        return self._unreachable(str(error), "LOGIN" if error.service == "login" else "BASE")

    def silent(self, seconds: float) -> Finding:
        """No answer; of the login or of the system itself."""
        return self._unreachable(
            f"No answer within {seconds:.0f} s.", *(("LOGIN", "BASE") if self.tenant else ("BASE",))
        )

    def _unreachable(self, detail: str, *addresses: str) -> Finding:
        named = " and ".join(f"OFFERDESK_{self.prefix}_{address}_URL" for address in addresses)
        return Finding(
            self.name, State.BROKEN, detail, f"Check {named}, and that this machine may reach what it names."
        )


PIPEDRIVE = Outside(
    "Pipedrive",
    "PIPEDRIVE",
    (
        Trouble(
            Authentication,
            "The token is not accepted.",
            "Set OFFERDESK_PIPEDRIVE_API_TOKEN to what Pipedrive shows its user (Personal preferences > API); it ends "
            "when the user is deactivated.",
        ),
        Trouble(
            BudgetExhausted,
            "The company's tokens of today are used up.",
            "It goes on by itself after midnight; see in Pipedrive (Settings > API) what else spends tokens.",
            # Nothing is set up wrong.
            state=State.WARNING,
        ),
        Trouble(
            Blocked,
            "Pipedrive's firewall refuses this machine.",
            "Leave it alone for an hour; if it lasts, ask Pipedrive's support to let this machine's address in.",
        ),
        Trouble(
            Permanent,
            "The token's user may not do this.",
            "In Pipedrive (Settings > Manage users), activate the user and give it deal admin rights: it needs them to "
            "make custom fields.",
            (HTTPStatus.FORBIDDEN,),
        ),
        Trouble(
            Configuration,
            "{error}",
            "Set OFFERDESK_PIPEDRIVE_BASE_URL to https://COMPANY.pipedrive.com, OFFERDESK_PIPEDRIVE_API_TOKEN anew.",
        ),
        Trouble(
            Permanent,
            NOT_PIPEDRIVE,
            PIPEDRIVE_ADDRESS,
            (HTTPStatus.NOT_FOUND,),
        ),
        Trouble(
            Drift,
            NOT_PIPEDRIVE,
            PIPEDRIVE_ADDRESS,
        ),
    ),
)
BUSINESS_CENTRAL = Outside(
    "Business Central",
    "BC",
    (
        Trouble(
            NotAccepted,
            "Business Central does not accept the application.",
            "Enter OFFERDESK_BC_CLIENT_ID in Business Central, page Microsoft Entra Applications, with State Enabled.",
        ),
        Trouble(
            NotAllowed,
            "The application's permission sets do not reach so far.",
            "In Business Central, page Microsoft Entra Applications, assign the permission sets of docs/systems.md.",
        ),
        Trouble(
            RecordMissing,
            "There is no such environment.",
            "Compare OFFERDESK_BC_ENVIRONMENT and OFFERDESK_BC_TENANT_ID with the admin center, page Environments.",
        ),
        Trouble(Configuration, "{error}", "OFFERDESK_BC_BASE_URL and OFFERDESK_BC_LOGIN_URL must begin with https://."),
        Trouble(
            Drift,
            "Something else answers at this address ({error}).",
            "Correct OFFERDESK_BC_BASE_URL or OFFERDESK_BC_LOGIN_URL.",
        ),
    ),
    tenant="BC_TENANT_ID",
)
SHAREPOINT = Outside(
    "SharePoint",
    "GRAPH",
    (
        Trouble(
            Authentication,
            "Graph does not accept the token.",
            "OFFERDESK_GRAPH_BASE_URL and OFFERDESK_GRAPH_LOGIN_URL must belong to the same cloud.",
        ),
        Trouble(
            Permanent,
            "The application may not use this library.",
            "Give it Sites.Selected with consent in Entra, and `write` on the site that holds the library.",
            (HTTPStatus.FORBIDDEN,),
        ),
        Trouble(
            Permanent,
            "There is no such library.",
            "Set OFFERDESK_GRAPH_DRIVE_ID to the id that Graph lists for the site (sites/…/drives).",
            (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST),
        ),
        Trouble(
            Configuration, "{error}", "OFFERDESK_GRAPH_BASE_URL and OFFERDESK_GRAPH_LOGIN_URL must begin with https://."
        ),
        Trouble(
            Drift,
            "Something else answers at this address ({error}).",
            "Correct OFFERDESK_GRAPH_BASE_URL or OFFERDESK_GRAPH_LOGIN_URL.",
        ),
    ),
    tenant="TENANT_ID",
)

CALENDAR = Outside(
    "Calendar",
    "GRAPH",
    (
        SHAREPOINT.troubles[0],
        Trouble(
            Permanent,
            "The application may not use this calendar.",
            "Give it the application permission Calendars.ReadWrite with consent in Entra, and let Exchange's access "
            "policy include the mailbox.",
            (HTTPStatus.FORBIDDEN,),
        ),
        Trouble(
            Permanent,
            "There is no such mailbox.",
            "Set OFFERDESK_CALENDAR_MAILBOX to the address of a mailbox in Exchange Online, or to `owner`.",
            (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST),
        ),
        *SHAREPOINT.troubles[-2:],
    ),
    tenant="TENANT_ID",
)


def _refused_login(error: LoginRefused, prefix: str, tenant: str) -> tuple[str, str]:
    codes = ", ".join(f"AADSTS{code}" for code in error.codes) or f"status {error.status}"
    secret, remedy = (
        f"OFFERDESK_{prefix}_CLIENT_SECRET",
        (f"Compare OFFERDESK_{prefix}_CLIENT_ID and OFFERDESK_{tenant} with Entra (App registrations > Overview)."),
    )
    match error.problem:
        case LoginProblem.SECRET_EXPIRED:
            remedy = f"Make a new one in Entra (App registrations > Certificates & secrets) and set {secret}."
            return f"The secret has expired ({codes}).", remedy
        case LoginProblem.SECRET_WRONG:
            remedy = f"Set {secret} to the secret's Value (not its Secret ID) in Entra, or make a new one."
            return f"The secret is wrong ({codes}).", remedy
        case LoginProblem.APP_UNKNOWN:
            return f"The tenant has no such application ({codes}).", remedy
    return f"The login refuses the application ({codes}).", remedy
