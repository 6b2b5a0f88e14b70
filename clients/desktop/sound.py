"""The siren: the same cries as the page's, made here and played by what the system has."""

import array
import asyncio
import math
import sys
import wave
from collections.abc import Awaitable, Callable, Coroutine
from enum import Enum
from pathlib import Path
from typing import Any

from .groups import Group

RATE = 22_050
Player = Callable[[Path], Awaitable[None]]


class Cry(Enum):
    """Notes of (hertz, seconds, loudness), and the pause before they sound again; the loudest cry first."""

    SIREN = (0.0, ((960, 0.4, 0.5), (720, 0.4, 0.5)) * 3)
    CALL = (3.4, ((660, 0.22, 0.35), (880, 0.4, 0.35)))
    NUDGE = (9.7, ((880, 0.15, 0.3), (880, 0.15, 0.3)))
    CHIME = (19.5, ((520, 0.5, 0.25),))
    PROOF = (0.0, ((660, 0.15, 0.35), (880, 0.3, 0.35)))
    HUSH = (0.0, ((660, 0.1, 0.0),))

    @property
    def pause(self) -> float:
        return float(self.value[0])

    @classmethod
    def of(cls, group: Group) -> "Cry":
        """One colleague's "I am coming" must not make everybody else fall silent, only calmer."""
        if group.calm:
            return cls.NUDGE
        return {"alarm": cls.SIREN, "silent": cls.SIREN, "watch": cls.CHIME}.get(group.gravest["kind"], cls.CALL)


class CannotPlay(Exception):
    """The system has no way to make a sound now."""


class Siren:
    """Plays one cry over and over, until told otherwise."""

    def __init__(self, folder: Path, play: Player | None) -> None:
        self._folder, self._play = folder, play
        self._crying: Cry | None = None
        self._task: asyncio.Task[None] | None = None
        self.heard = play is not None
        """Whether the last sound could be played, as far as the system tells."""

    def cry(self, cry: Cry | None) -> None:
        """Cries so from now on; None is silence."""
        if cry == self._crying or self._play is None:
            return
        self._crying = cry
        self._begin(self._repeat(self._play, cry) if cry is not None else None)

    def once(self, cry: Cry) -> None:
        """A short sound, if nothing louder is playing."""
        if self._play is not None and self._crying is None:
            self._begin(self._sound(self._play, cry))

    def _begin(self, work: Coroutine[Any, Any, None] | None) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.create_task(work) if work is not None else None

    async def _repeat(self, play: Player, cry: Cry) -> None:
        while True:
            await self._sound(play, cry)
            await asyncio.sleep(cry.pause if self.heard else 1.0)

    async def _sound(self, play: Player, cry: Cry) -> None:
        file = self._folder / f"{cry.name.lower()}.wav"
        if not file.exists():
            write(file, cry)
        try:
            await play(file)
        except CannotPlay:
            self.heard = False
        else:
            self.heard = True


def write(file: Path, cry: Cry) -> None:
    """Writes the notes as a sound file: square enough to cut through noise, soft enough not to hurt."""
    samples = array.array("h")
    for hertz, seconds, loudness in cry.value[1]:
        length = int(RATE * seconds)
        for at in range(length):
            turn = 2 * math.pi * hertz * at / RATE
            tone = math.sin(turn) + math.sin(3 * turn) / 3
            edge = min(1.0, at / 220, (length - at) / 220)  # without it every note begins with a click
            samples.append(int(32_000 * loudness * edge * tone))
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes())
