"""What the scripted agent keeps on disk, where the real one keeps it: its words and its costs."""

from __future__ import annotations

import json
import os
import re
import uuid
from pathlib import Path
from typing import Any

from tests.chaos.agent_wire import Gateway, Json


class Transcript:
    """The conversation, kept where the real one keeps its own."""

    def __init__(self, session_id: str | None, gateway: Gateway, *, mirrored: bool) -> None:
        self._gateway, self._mirrored = gateway, mirrored
        self.session_id = session_id or str(uuid.uuid4())
        self.messages: list[Json] = []
        home = Path(os.environ["CLAUDE_CONFIG_DIR"])
        key = re.sub(r"[^a-zA-Z0-9]", "-", os.path.realpath("."))
        self._path = home / "projects" / key / f"{self.session_id}.jsonl"
        self._costs = home / "projects" / key / "costs.json"
        self.known = session_id is None or self._path.exists()
        if session_id is not None and self.known:
            lines = self._path.read_text().splitlines()
            self.messages = [json.loads(line)["message"] for line in lines]

    def add(self, role: str, content: Any) -> None:
        message = {"role": role, "content": content}
        self.messages.append(message)
        entry = {
            "type": role,
            "uuid": str(uuid.uuid4()),
            "sessionId": self.session_id,
            "message": message,
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a") as file:
            file.write(json.dumps(entry) + "\n")
        if self._mirrored:
            frame = {"type": "transcript_mirror", "filePath": str(self._path), "entries": [entry]}
            self._gateway.tell(frame)

    def saved_tokens(self) -> list[int]:
        """Of the session that ended last in this directory, if that was this one."""
        try:
            saved = json.loads(self._costs.read_text())
        except (OSError, ValueError):
            return [0, 0]
        return list(saved["tokens"]) if saved["session"] == self.session_id else [0, 0]

    def save_tokens(self, tokens: list[int]) -> None:
        self._costs.parent.mkdir(parents=True, exist_ok=True)
        part = self._costs.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps({"session": self.session_id, "tokens": tokens}))
        part.replace(self._costs)
