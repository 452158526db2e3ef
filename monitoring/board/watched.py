"""One ward that somebody looks at: its picture, its viewers, what must be drawn."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from monitoring.board.picture import WardPicture
from monitoring.board.render import Naming, render_board, render_live, render_now
from monitoring.board.viewers import Viewer
from wards.places.models import Ward

DRAWN_AT_ONCE: Final = 24
"""Tiles drawn before the first are sent, so that a large ward need not wait for all."""


class Watched:
    """A ward's picture in this process, kept while it has viewers."""

    def __init__(self, ward: Ward) -> None:
        self.ward = ward
        self.viewers: set[Viewer] = set()
        self.picture: WardPicture | None = None
        self.reading: asyncio.Task[None] | None = None
        self.read_again = False
        self._whole_changed = False
        self._changed: set[int] = set()
        self._meanwhile: list[Sequence[Any]] = []
        self._sequences: dict[str, int] = {}

    # -- taking in -----------------------------------------------------------------

    def take(self, source: str, sequence: int, items: Sequence[Sequence[Any]]) -> bool:
        """Take in one message of values; False if the database must be read again."""
        expected = self._sequences.get(source, sequence - 1) + 1
        if len(self._sequences) > 100:
            self._sequences.clear()
        self._sequences[source] = sequence
        if self.reading:
            self._meanwhile.extend(items)
        if self.picture is None:
            return True
        applied = self.picture.apply(items)
        self._changed.update(
            tile.occupant.admission_id for tile in applied.changed if tile.occupant
        )
        return sequence == expected and not applied.doubtful

    def begin_reading(self) -> None:
        """From now on messages are kept, to be put on top of what the reading finds."""
        self.read_again = False
        self._meanwhile = []

    def adopt(self, picture: WardPicture) -> None:
        """Make a picture just read the present one, and note what is different.

        Messages tell of what was committed before they were sent, so those from
        before the reading began are in the picture; later ones are put on top.
        """
        picture.apply(self._meanwhile)
        before, self.picture = self.picture, picture
        if before is None or _facts(before) != _facts(picture):
            self._whole_changed = True
            return
        for old, new in zip(before.tiles, picture.tiles, strict=True):
            if new.occupant and old.signal != new.signal:
                self._changed.add(new.occupant.admission_id)

    @property
    def is_changed(self) -> bool:
        return self._whole_changed or bool(self._changed)

    def lost_stays(self) -> list[Viewer]:
        """Viewers of a stay that does not lie on this ward any more."""
        if self.picture is None:
            return []
        here = self.picture.by_admission
        return [
            v for v in self.viewers if v.admission_id and v.admission_id not in here
        ]

    # -- drawing -------------------------------------------------------------------

    async def draw(self, now: int) -> None:
        """Draw what changed, each thing once, and owe it to every viewer.

        Other work gets its turn between two tiles.
        """
        if self.picture is None:
            return
        if self._whole_changed:
            self._whole_changed = False
            self._changed.clear()
            self.show_whole(list(self.viewers), now)
            return
        changed, self._changed = list(self._changed), set()
        for start in range(0, len(changed), DRAWN_AT_ONCE):
            fragments: dict[int, str] = {}
            for admission_id in changed[start : start + DRAWN_AT_ONCE]:
                tile = self.picture.by_admission.get(admission_id)
                if tile:
                    fragments[admission_id] = render_live(tile, now=now)
                await asyncio.sleep(0)
            self._owe(fragments)

    def show_whole(self, viewers: list[Viewer], now: int) -> None:
        """Owe these viewers everything, drawn once for all who want the same."""
        assert self.picture is not None
        drawn: dict[tuple[Naming | None, int | None], str] = {}
        for viewer in viewers:
            key = (None if viewer.admission_id else viewer.naming, viewer.admission_id)
            if key not in drawn:
                drawn[key] = self._whole(viewer, now)
            if drawn[key]:
                viewer.show_whole(drawn[key])

    def _whole(self, viewer: Viewer, now: int) -> str:
        assert self.picture is not None
        if viewer.admission_id is None:
            return render_board(self.picture, now=now, naming=viewer.naming)
        tile = self.picture.by_admission.get(viewer.admission_id)
        return render_now(tile, self.picture, now=now) if tile else ""

    def _owe(self, fragments: dict[int, str]) -> None:
        whole_ward = {f"live-{key}": html for key, html in fragments.items()}
        for viewer in self.viewers:
            stay = viewer.admission_id
            if stay is None:
                viewer.show(whole_ward)
            elif stay in fragments:
                viewer.show({f"live-{stay}": fragments[stay]})


def _facts(picture: WardPicture) -> list[tuple[object, ...]]:
    return [tile.facts for tile in picture.tiles]
