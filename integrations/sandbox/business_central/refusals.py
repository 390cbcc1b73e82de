"""How the stand-in refuses: Business Central's codes, statuses and shape, the sentences our own."""

from __future__ import annotations

from http import HTTPStatus


class RefusalError(Exception):
    """An answer with an error body."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Hold what the answer says; the correlation id is added when it is sent."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def body(self, correlation_id: str) -> dict[str, dict[str, str]]:
        """Give the error body; the correlation id stands inside the message, as in reality."""
        return {"error": {"code": self.code, "message": f"{self.message}  CorrelationId:  {correlation_id}."}}


def bad_request(message: str, code: str = "BadRequest") -> RefusalError:
    """The request itself is wrong."""
    return RefusalError(HTTPStatus.BAD_REQUEST, code, message)


def business_rule(message: str) -> RefusalError:
    """The business logic says no."""
    return RefusalError(HTTPStatus.BAD_REQUEST, "Application_DialogException", message)


def no_segment(name: str) -> RefusalError:
    """The address names something that is not there."""
    return RefusalError(HTTPStatus.NOT_FOUND, "BadRequest_ResourceNotFound", f"No resource for the segment '{name}'.")


def no_record(entity_set: str) -> RefusalError:
    """There is no record with this key."""
    return RefusalError(HTTPStatus.NOT_FOUND, "Internal_RecordNotFound", f"{entity_set} holds no such record.")


def no_relation(name: str, value: str) -> RefusalError:
    """A field names a record of another table that does not exist."""
    return bad_request(f"'{name}' names '{value}', which is not in the related table.", "Internal_InvalidTableRelation")


def method_not_allowed(entity_set: str) -> RefusalError:
    """The page does not allow this verb."""
    return RefusalError(
        HTTPStatus.METHOD_NOT_ALLOWED, "BadRequest_MethodNotAllowed", f"{entity_set} does not allow this method."
    )
