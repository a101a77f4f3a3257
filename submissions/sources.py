"""What came in: is it a file of scans, how many pages has it, and what to tell its sender if not.

Everything here that opens a file does so in the sandbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pikepdf
from PIL import Image

from submissions.sandbox import Sandbox, SandboxError

Kind = Literal["pdf", "image", "pictures", "zip"]  # pictures: a ZIP of them, one stack

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".heic", ".heif")
TIFF = (b"II*\0", b"MM\0*")  # how one begins
HEAD = 2048  # bytes that say what a file is
TAIL = 1024  # bytes at the end of a PDF that hold its end mark
MAX_PAGES = 2_500
MAX_BYTES = 1 << 30

_NO_RESOURCES = "Resources is missing or invalid"  # as qpdf says it

_NOT_OURS = (
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel file"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
    (b"{\\rtf", "an RTF text"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"GIF8", "a GIF picture"),
    (b"%!PS", "a PostScript file"),
    (b"AT&TFORM", "a DjVu file"),
)

_HEIF = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")
HEIC = (
    "{name} is a photo in Apple’s HEIC format, which cannot be read here. Send it as JPEG: on an "
    "iPhone set Settings, Camera, Formats to Most Compatible, or use Scan Documents in Notes or "
    "Files, which makes a PDF."
)


class BadUpload(Exception):
    """A file that cannot be used. The message is for the person who sent it."""


class HereAlready(BadUpload):
    """The very bytes came before. A person may want them once more all the same."""


@dataclass(frozen=True, slots=True)
class Source:
    """A usable file: `pages` is 0 for a ZIP; `warnings` are sentences for a person.

    `cut` means that the file ends early: pages may be gone that nothing in it tells of.
    """

    kind: Kind
    pages: int
    warnings: tuple[str, ...] = ()
    cut: bool = False


def inspect(path: Path, name: str, *, max_pages: int = MAX_PAGES) -> Source:
    """Look at the file once. Raises BadUpload, whose message names it and says what to do."""
    kind = recognise(path, name)
    if kind == "zip":
        return Source("zip", 0)
    count = _pdf_pages if kind == "pdf" else _image_pages
    try:
        with Sandbox(seconds=90) as box:
            source: Source = box.call(count, path, name, max_pages)
    except SandboxError as error:
        raise BadUpload(
            f"{name} could not be opened within bounds ({error.reason}). "
            "Print it to a new PDF and upload that."
        ) from error
    if source.pages == 0:
        raise BadUpload(f"{name} has no pages. Check the file and upload it again.")
    if source.pages > max_pages:
        more = "more than " if kind == "image" else ""
        raise too_many(name, f"{more}{source.pages - bool(more):,}", max_pages)
    return source


def too_many(name: str, pages: str, most: int) -> BadUpload:
    return BadUpload(
        f"{name} has {pages} pages, and {most:,} is the most in one file. "
        "Split it and upload the parts."
    )


def recognise(path: Path, name: str) -> Kind:
    """Tell by the first bytes what the file is; nothing is parsed. Raises BadUpload."""
    with path.open("rb") as file:
        return kind_of(file.read(HEAD), path.stat().st_size, name)


def kind_of(head: bytes, size: int, name: str) -> Kind:
    """Tell by its first HEAD bytes and its size what a file is. Raises BadUpload."""
    if size == 0:
        raise BadUpload(f"{name} is empty: it has zero bytes. Scan or export it again.")
    if size > MAX_BYTES:
        raise BadUpload(
            f"{name} has {size / (1 << 30):.1f} GB, and 1 GB is the most for one file. "
            "Split it and upload the parts."
        )
    # Before PDF: a ZIP may hold one as it is, right behind its own first bytes.
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06") and not office(head):
        return "zip"
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if is_picture(head):
        return "image"
    if is_heic(head):
        raise BadUpload(HEIC.format(name=name))
    raise BadUpload(_refusal(name, head))


def is_picture(head: bytes) -> bool:
    """Whether a file begins like a JPEG, a PNG or a TIFF."""
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", *TIFF))


def is_called_picture(name: str) -> bool:
    """Whether a file bears the name of a picture, whatever it holds."""
    return name.lower().endswith(PICTURE_SUFFIXES)


def is_heic(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in _HEIF


def office(head: bytes) -> str:
    """What an office file is called; they are ZIPs too. Empty for other ZIPs."""
    first = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    if is_called_picture(first.decode("latin-1")):
        return ""  # what looks like a mark below is a picture's dots
    for mark, what in (
        (b"word/", "a Word file"),
        (b"xl/", "an Excel file"),
        (b"ppt/", "a PowerPoint file"),
        (b"opendocument", "a LibreOffice file"),
        (b"[Content_Types].xml", "a Word file"),
    ):
        if mark in head:
            return what
    return ""


def _refusal(name: str, head: bytes) -> str:
    looks = office(head) if head[:2] == b"PK" else ""
    for mark, what in _NOT_OURS:
        if not looks and head.lstrip()[: len(mark)].lower() == mark.lower():
            looks = what
    begins = f"it begins like {looks}" if looks else "it does not begin like one"
    if not looks and all(32 <= byte < 127 or byte in b"\t\r\n" for byte in head):
        begins = "it is plain text"
    wanted = "a PDF" if name.lower().endswith(".pdf") else "a PDF, a picture or a ZIP"
    return f"{name} is not {wanted}: {begins}. Export it as PDF and upload that."


def _pdf_pages(path: Path, name: str, most: int) -> Source:
    with opened_pdf(path, name) as pdf:
        pages = len(pdf.pages)
        damaged = is_damaged(pdf)
    if not damaged:
        return Source("pdf", pages)
    if _is_cut(path):
        said = f"{name} ends after page {pages}: it is cut off. Scan or export it again."
        return Source("pdf", pages, (said,), cut=True)
    said = f"{name} is damaged. Pages that cannot be read are listed one by one."
    return Source("pdf", pages, (said,))


def _is_cut(path: Path) -> bool:
    """Whether a PDF lacks its end mark. For damaged ones: viewers forgive its absence."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        return b"%%EOF" not in file.read()


def is_damaged(pdf: pikepdf.Pdf) -> bool:
    """Whether something had to be mended in a PDF. That a page lists no resources is no damage."""
    return any(_NO_RESOURCES not in str(warning) for warning in pdf.get_warnings())


@contextmanager
def opened_pdf(path: Path, name: str) -> Iterator[pikepdf.Pdf]:
    """Open a PDF; for the sandbox only. What goes wrong with it inside is told as BadUpload."""
    try:
        with pikepdf.open(path) as pdf:
            yield pdf
    except pikepdf.PasswordError:
        raise BadUpload(f"{name} needs a password. Save it without one and upload that.") from None
    except (pikepdf.PdfError, RecursionError, ValueError):
        raise BadUpload(
            f"{name} is damaged and cannot be read as a PDF. Scan or export it again."
        ) from None


def _image_pages(path: Path, name: str, most: int) -> Source:
    """Count a picture file's pages, up to one more than `most`."""
    Image.MAX_IMAGE_PIXELS = None  # only the header is read here
    try:
        with Image.open(path) as picture:
            # What phones put behind a JPEG, a map of its lights or a small copy, is no page.
            if picture.format != "TIFF":
                return Source("image", 1)
            return Source("image", frames(picture, most + 1))
    except (OSError, ValueError, SyntaxError):
        raise BadUpload(
            f"{name} is damaged and cannot be read as a picture. Scan or export it again."
        ) from None


def frames(picture: Image.Image, most: int) -> int:
    """Count a TIFF's frames, up to `most`: to ask for all takes long where there are many."""
    with suppress(EOFError):
        for number in range(most):
            picture.seek(number)
        return most
    return number
