"""Single pictures that come together are one stack: its pages, in the order of their names.

A stack is kept as a ZIP of the pictures as they are, and page n of its upload is the ZIP's n-th.
"""

from __future__ import annotations

import shutil
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import IO, Literal, NamedTuple

from PIL import Image

from submissions import image_sheets, sandbox
from submissions.sandbox import SandboxError
from submissions.sheet import Sheet, Unreadable
from submissions.sources import (
    HEAD,
    TIFF,
    BadUpload,
    frames,
    is_called_picture,
    is_heic,
    is_picture,
    kind_of,
)
from submissions.unpacking import BROKEN_ZIP, HIDDEN, entries, natural, shown

Look = Literal["picture", "unreadable", "other"]

MAX_PICTURE_BYTES = 256 << 20  # 80 million dots, as they are
LONGEST_LABEL = 80
PICTURE = "Picture "  # how a sentence begins that names one: it may be called after its writer
MOST_NAMED = 10
_ALWAYS = (1980, 1, 1, 0, 0, 0)  # the same pictures give the same bytes
_PIECE = 1 << 20

HEIC = "it is a photo in Apple’s HEIC format, which cannot be read here. Send it as JPEG."
BROKEN = "its picture is empty or damaged. Take or export it again."
NONE = "it is no JPEG, PNG or TIFF. Export it as one of these, and send it again."


class Member(NamedTuple):
    """A picture of a stack: its name, with folders or without, and how to open its bytes."""

    name: str
    open: Callable[[], AbstractContextManager[IO[bytes]]]


# Which belong together


def look(name: str, head: bytes) -> Look:
    """Tell by its name and its first HEAD bytes whether a file has a place in a stack.

    So has one that is called a picture and is none: its page says why, and no other is moved.
    """
    if base_of(name).startswith(HIDDEN):
        return "other"
    if is_picture(head):
        return "picture"
    if is_heic(head):
        return "unreadable"
    if not is_called_picture(name):
        return "other"
    try:
        kind_of(head, len(head), name)
    except BadUpload:
        return "unreadable"
    return "other"


def grouped(files: Sequence[tuple[str, Look]]) -> list[list[int]]:
    """Return which files belong together, as indexes: a folder's pictures, in order of names.

    Everything else stands alone, and so does a picture without company or among none that can
    be read.
    """
    folders: dict[str, list[int]] = defaultdict(list)
    for index, (name, looks) in enumerate(files):
        if looks != "other":
            folders[_folder_of(name)].append(index)
    stacks = {
        stack[0]: sorted(stack, key=lambda one: natural(files[one][0]))
        for stack in folders.values()
        if len(stack) > 1 and any(files[one][1] == "picture" for one in stack)
    }
    stacked = {index for stack in stacks.values() for index in stack}
    groups = ((index, stacks.get(index, [index])) for index in range(len(files)))
    return [group for index, group in groups if index in stacks or index not in stacked]


def of_unpacked(files: Sequence[tuple[str, Path]]) -> list[list[tuple[str, Path]]]:
    """Return the unpacked files of a ZIP as they belong together; a TIFF of many pages is alone."""
    looks: list[Look] = []
    tiffs: list[int] = []
    for index, (name, path) in enumerate(files):
        with path.open("rb") as file:
            head = file.read(HEAD)
        looks.append(look(name, head))
        if looks[-1] == "picture" and head.startswith(TIFF):
            tiffs.append(index)
    if tiffs:
        for index, single in zip(tiffs, _are_single([files[n][1] for n in tiffs]), strict=True):
            looks[index] = "picture" if single else "other"
    named = [(name, looks[index]) for index, (name, _) in enumerate(files)]
    return [[files[index] for index in group] for group in grouped(named)]


def _are_single(paths: list[Path]) -> list[bool]:
    try:
        return sandbox.run(_count_frames, paths, seconds=90)
    except SandboxError:
        # Alone, each is opened within bounds of its own, and none loses a page.
        return [False] * len(paths)


def _count_frames(paths: list[Path]) -> list[bool]:
    Image.MAX_IMAGE_PIXELS = None  # only headers are read
    return [_is_single(path) for path in paths]


def _is_single(path: Path) -> bool:
    try:
        with Image.open(path) as picture:
            return frames(picture, 2) == 1
    except (OSError, ValueError, SyntaxError):
        return True


# The ZIP


def label(names: Sequence[str]) -> str:
    """Return what a stack of these pictures is called: "max-1.png … max-3.png (3 pictures)"."""
    return f"{_short(names[0])} … {_short(base_of(names[-1]))} ({len(names)} pictures)"


def pack(out: IO[bytes], members: Iterable[Member]) -> None:
    """Write the pictures, in this order, as a ZIP. static/js/lib/zip.js makes the same bytes."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for member in members:
            entry = zipfile.ZipInfo(base_of(member.name).replace("\\", "_"), _ALWAYS)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            with member.open() as source, archive.open(entry, "w") as target:
                shutil.copyfileobj(source, target, _PIECE)


def packed(files: Sequence[tuple[str, Path]]) -> tuple[str, Path]:
    """Move unpacked pictures into a ZIP beside the first; return its label and where it lies."""
    path = files[0][1].with_suffix(".stack")
    with path.open("wb") as out:
        pack(out, (Member(name, partial(_opened, one)) for name, one in files))
    for _, one in files:
        one.unlink()
    return label([name for name, _ in files]), path


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb")


def names_in(path: Path) -> list[str]:
    """Return the names of a ZIP's files in order: name n is that of page n."""
    try:
        return sandbox.run(_names, path)
    except SandboxError as error:
        raise BadUpload("The pictures could not be listed within bounds.") from error


def named(path: Path, numbers: Sequence[int]) -> list[str]:
    """Say of the first of these pages, which cannot be read, what their pictures are called."""
    try:
        names = names_in(path)
    except BadUpload:
        return []  # their pages are told by number all the same
    return [
        f"{PICTURE}{number} cannot be read: {base_of(names[number - 1])}."
        for number in numbers[:MOST_NAMED]
    ]


def _names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return [shown(entry.filename) for entry in entries(archive)]


def base_of(name: str) -> str:
    return name.rpartition("/")[2]


def _folder_of(name: str) -> str:
    return name.rpartition("/")[0]


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_LABEL else f"{name[:50]}…{name[-29:]}"


# In the sandbox


def take(path: Path, number: int) -> Sheet:
    """Return picture `number` of a stack. Raises Unreadable or whatever the readers raise."""
    archive, pictures = _listed(path)
    data = _data(archive, pictures[number - 1])
    if not is_picture(data):
        raise Unreadable(HEIC if is_heic(data) else NONE if data else BROKEN)
    return replace(image_sheets.of(data), number=number)


@lru_cache(maxsize=1)
def _listed(path: Path) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    # Left open until the helper ends: to list thousands takes longer than to read one.
    archive = zipfile.ZipFile(path)
    return archive, entries(archive)


def _data(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    # What comes out is counted: the size an entry declares may lie.
    data = bytearray()
    try:
        with archive.open(entry) as source:
            while piece := source.read(_PIECE):
                data += piece
                if len(data) > MAX_PICTURE_BYTES:
                    raise Unreadable(
                        f"its file has more than {MAX_PICTURE_BYTES >> 20} MB. Scan it at 300 dpi."
                    )
    except BROKEN_ZIP:
        raise Unreadable(BROKEN) from None
    return bytes(data)
