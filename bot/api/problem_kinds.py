"""The kinds of problem the API answers with. Each is described in the OpenAPI document."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    #: Its entry under the document's `components/responses`.
    name: str
    status: int
    title: str
    #: What the caller may do about it.
    advice: str

    @property
    def type(self) -> str:
        """Where this kind is described, relative to the server."""
        return f"/openapi.json#/components/responses/{self.name}"


MALFORMED = Kind("Malformed", 400, "Malformed request", "The body must be JSON in UTF-8.")
NO_TOKEN = Kind(
    "Unauthorized", 401, "Unauthorized", "Send `Authorization: Bearer <DENREI_ADMIN_TOKEN>`."
)
API_OFF = Kind("ApiOff", 403, "The API is off", "Set DENREI_ADMIN_TOKEN and start Denrei again.")
NOT_FOUND = Kind("NotFound", 404, "Not found", "Nothing has this id, short id or number.")
BAD_METHOD = Kind(
    "MethodNotAllowed", 405, "Method not allowed", "`Allow` names the methods there are."
)
CONFLICT = Kind(
    "Conflict",
    409,
    "Conflict",
    "What is stored says otherwise: an `Idempotency-Key` used with another text, the beginning of "
    "an id that several sessions share, a delivery that needs no sending again, an approval that "
    "was answered, a turn about which there is nothing to choose, a pairing code that was used or "
    "has expired, or an owner whom the settings name.",
)
TOO_LARGE = Kind("TooLarge", 413, "Too large", "Send a smaller body or a shorter text.")
NOT_JSON = Kind("NotJson", 415, "Unsupported media type", "Send `Content-Type: application/json`.")
INVALID = Kind(
    "Invalid",
    422,
    "Invalid request",
    "`errors`, where given, names each field, parameter or header that is wrong.",
)
TOO_MANY = Kind("TooMany", 429, "Too many requests", "Wait for `Retry-After` seconds.")
INTERNAL = Kind("Internal", 500, "Internal error", "Denrei's log says what happened.")
STORAGE_FULL = Kind(
    "StorageFull", 503, "Storage full", "Nothing was stored. Make room, then send it again."
)

ALL = (
    MALFORMED,
    NO_TOKEN,
    API_OFF,
    NOT_FOUND,
    BAD_METHOD,
    CONFLICT,
    TOO_LARGE,
    NOT_JSON,
    INVALID,
    TOO_MANY,
    INTERNAL,
    STORAGE_FULL,
)
