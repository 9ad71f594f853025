"""`[media]` of denrei.toml: what people may send."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

_MEGA = 1024 * 1024


class MediaSection(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Of each picture, film, sound or file that is sent.
    most_mb: float = Field(default=50, gt=0, le=1024)

    @property
    def most_bytes(self) -> int:
        return int(self.most_mb * _MEGA)
