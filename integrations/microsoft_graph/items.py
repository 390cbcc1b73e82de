"""What the library holds, read from Graph's driveItem; unknown properties are passed over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

SELECTED = "id,name,webUrl,eTag,cTag,size,folder,file,parentReference"
"""The properties asked for; the others would only make answers longer."""


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Drive(_Read):
    """A document library; ``web_url`` opens it in the browser."""

    id: str = Field(min_length=1)
    name: str = ""
    kind: str = Field(default="", validation_alias="driveType")
    web_url: str = Field(validation_alias="webUrl")


class FolderFacet(_Read):
    """What only folders have."""

    child_count: int = Field(default=0, validation_alias="childCount")


class ParentReference(_Read):
    """Where an item lies; the library's root has no id of a parent."""

    id: str | None = None
    drive_id: str | None = Field(default=None, validation_alias="driveId")


class DriveItem(_Read):
    """A folder or a file.

    ``id`` survives renaming and moving, names and ``web_url`` do not. ``etag`` changes with every change of the item,
    ``ctag`` with its content (folders have none). ``size`` is in bytes.
    """

    id: str = Field(min_length=1)
    name: str = Field(min_length=1)
    web_url: str = Field(validation_alias="webUrl")
    etag: str = Field(validation_alias="eTag")
    ctag: str | None = Field(default=None, validation_alias="cTag")
    size: int = 0
    folder: FolderFacet | None = None
    parent: ParentReference = Field(default_factory=ParentReference, validation_alias="parentReference")

    @property
    def is_folder(self) -> bool:
        """Whether it can have items below it."""
        return self.folder is not None


class ItemPage(_Read):
    """Some children of a folder, and where the next ones are."""

    items: list[DriveItem] = Field(validation_alias="value")
    next_link: str | None = Field(default=None, validation_alias="@odata.nextLink")


class UploadSession(_Read):
    """A file on its way. ``url`` is a right to write for whoever holds it; ``missing`` are byte ranges (``0-``)."""

    url: str = Field(default="", validation_alias="uploadUrl", repr=False)
    missing: list[str] = Field(default_factory=list, validation_alias="nextExpectedRanges")


@dataclass(frozen=True, slots=True)
class FolderTree:
    """A folder and the wanted folders below it, by their paths as they were asked for (``02 Offer/Annexes``).

    ``created`` are the paths this call surely made, in order; the rest was there, or an answer about it was lost.
    """

    root: DriveItem
    folders: Mapping[str, DriveItem]
    created: tuple[str, ...]
