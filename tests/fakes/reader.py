"""An event reader whose payloads are names: what each means was said beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestrator_core.incoming import AboutChat, Ignored, Incoming


@dataclass(slots=True)
class FakeReader:
    meanings: dict[str, Incoming] = field(default_factory=dict)

    def means(self, incoming: Incoming) -> str:
        """A payload that is read as this."""
        payload = f"payload-{len(self.meanings) + 1}"
        self.meanings[payload] = incoming
        return payload

    def read(self, payload: str) -> Incoming:
        if payload not in self.meanings:
            raise ValueError("of no shape we know")
        return self.meanings[payload]

    def without_content(self, payload: str) -> str:
        meant = self.meanings.get(payload)
        # An event that lost its text cannot be read any more; one that had none is as before.
        return payload if isinstance(meant, AboutChat | Ignored) else "without content"
