"""A solution's PDF as it comes from a stranger: opened in the sandbox, kept as plain pages.

What is kept shows what the file shows, and can do nothing: no scripts, links, forms, attachments.
Nor does it say who made it or what it was made from: a solution may be cut out of a student's
paper, and graders who are not to see names read it.
"""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pikepdf

from submissions.jpegs import NotJpeg, bare
from submissions.read_at_once import read_at_once
from submissions.sandbox import SandboxError
from submissions.sources import BadUpload, is_damaged, opened_pdf, recognise

MOST_PAGES = 60
MOST_BYTES = 20 << 20
_KEPT = {"/Type", "/Parent", "/MediaBox", "/CropBox", "/Rotate", "/Resources", "/Contents"}
_KEPT |= {"/Group", "/UserUnit"}
# What pictures, forms and marked contents carry beside what they show: notes of programs, files
# they stand for or came with.
_NOTES = {"/Metadata", "/PieceInfo", "/LastModified", "/AF", "/OPI", "/Ref", "/Alternates"}


class Plain(NamedTuple):
    """Pages and nothing else, as a PDF; the same file gives the same bytes."""

    pdf: bytes
    pages: int


def take(path: Path, name: str) -> Plain:
    """Return the pages of a PDF. Raises BadUpload, in words for a person."""
    if path.stat().st_size > MOST_BYTES:
        raise BadUpload(f"{name} is larger than {MOST_BYTES >> 20} MB. Save it smaller.")
    if recognise(path, name) != "pdf":
        raise BadUpload(f"{name} is not a PDF. Save the solution as a PDF and upload that.")
    try:
        return read_at_once(name, _plain, path, name)
    except SandboxError as error:
        raise BadUpload(
            f"{name} could not be opened within bounds ({error.reason}). "
            "Print it to a new PDF and upload that."
        ) from error


def _plain(path: Path, name: str) -> Plain:
    """Runs in the sandbox only. No stream is decoded, so a bomb stays packed."""
    with opened_pdf(path, name) as source:
        count = len(source.pages)
        if not 0 < count <= MOST_PAGES:
            most = f"{MOST_PAGES} is the most for a solution"
            raise BadUpload(f"{name} has {count:,} pages, and {most}.")
        source.flatten_annotations()
        out = pikepdf.new()
        for page in source.pages:
            out.pages.append(page)
            for key in set(out.pages[-1].obj.keys()) - _KEPT:
                del out.pages[-1].obj[key]
        if is_damaged(source):
            raise BadUpload(f"{name} is damaged, perhaps cut off. Save it again and upload that.")
        for thing in out.objects:
            _strip(thing)
        saved = io.BytesIO()
        out.save(
            saved,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            compress_streams=False,
            deterministic_id=True,
        )
    return Plain(saved.getvalue(), count)


def _strip(thing: pikepdf.Object) -> None:
    """Take its notes off an object and what lies directly in it, and off a JPEG."""
    inside: list[Any]  # numbers and the like come as Python's own
    if isinstance(thing, pikepdf.Array):
        inside = list(thing)
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        for key in _NOTES & set(thing.keys()):
            del thing[key]
        inside = [value for _, value in thing.items()]
    else:
        return
    if isinstance(thing, pikepdf.Stream) and _is_jpeg(thing):
        with suppress(NotJpeg):
            told: dict[str, Any] = {
                "filter": thing.Filter,
                "decode_parms": thing.get("/DecodeParms"),
            }
            thing.write(bare(thing.read_raw_bytes()), **told)
    for one in inside:
        if isinstance(one, pikepdf.Object) and not one.is_indirect:
            _strip(one)


def _is_jpeg(stream: pikepdf.Stream) -> bool:
    """Whether it is one as it lies there; nothing is unpacked to find one."""
    jpeg = pikepdf.Name.DCTDecode
    return stream.get("/Filter") in (jpeg, pikepdf.Array([jpeg]))
