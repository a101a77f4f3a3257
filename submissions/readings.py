"""Reading the names and numbers that were written on papers, each crop once.

What the recogniser thought is kept beside the text, so that papers are matched again after the
roster changed without a second reading. A crop that was cut anew is read anew.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from gradebook.files import keep, read
from gradebook.models import Exam, Region, TemplatePage
from submissions import reading
from submissions.models import Crop, Page, Reading, Submission
from submissions.reading import NOTHING, Grey, Kind
from submissions.verdicts import PaperReading

# Part of what a reading was made from: raise it when reading changes for the better.
VERSION = 1
WORTH_HELP = 12  # papers: less than a second, about what a second worker takes to get ready

Report = Callable[[int, int], None]


class Field(NamedTuple):
    """Where something is written: the blank template's crop, and what tells it from another."""

    blank: Grey | None
    mark: str


class Written(NamedTuple):
    """The crops of one paper's name and number; None where they could not be cut."""

    name: Crop | None
    sid: Crop | None

    @property
    def empty(self) -> bool:
        return self.name is None and self.sid is None


def read_papers(
    exam: Exam, report: Report = lambda done, total: None, *, from_the_end: bool = False
) -> int:
    """Read what has not been read yet of every paper; return how many papers that was.

    `report` hears how many of how many are done. Safe to stop anywhere and to run again, and for
    two to do at once: one of them begins at the end, and what the other has read is left alone.
    """
    fields = _fields(exam)
    papers = list(Submission.objects.filter(exam=exam).order_by("pk").values_list("pk", flat=True))
    if from_the_end:
        papers.reverse()
    crops = crops_of(papers)
    sources = Reading.objects.filter(submission__exam=exam).values_list("submission_id", "source")
    read_from = dict(sources)
    count = 0
    for done, paper in enumerate(papers):
        report(done, len(papers))
        found = crops[paper]
        source = _source(fields, found)
        if read_from.get(paper) != source and not _is_read(paper, source):
            _read(paper, source, fields, found)
            count += 1
    report(len(papers), len(papers))
    return count


def has_much_to_read(exam: Exam) -> bool:
    """Whether so many papers were never read that a second worker at it is worth its start."""
    return Submission.objects.filter(exam=exam, reading=None)[:WORTH_HELP].count() == WORTH_HELP


def _is_read(paper: int, source: str) -> bool:
    """Whether somebody else has read the paper meanwhile."""
    return Reading.objects.filter(submission=paper, source=source).exists()


def crops_of(papers: Sequence[int]) -> dict[int, Written]:
    """Return the crops of name and number of these papers, in one query."""
    found: dict[int, dict[str, Crop]] = {paper: {} for paper in papers}
    rows = Crop.objects.filter(
        page__submission__in=papers,
        page__state=Page.State.PLACED,
        region__kind__in=Region.READ,
    )
    for crop in rows.select_related("page", "region"):
        found[crop.page.submission_id or 0][crop.region.kind] = crop
    return {
        paper: Written(crops.get(Region.Kind.NAME), crops.get(Region.Kind.ID))
        for paper, crops in found.items()
    }


def readings_of(exam: Exam) -> Iterator[tuple[Submission, PaperReading]]:
    """Yield every paper with what was read on it, as `matching` wants it."""
    kinds = set(exam.regions.filter(kind__in=Region.READ).values_list("kind", flat=True))
    for paper in Submission.objects.filter(exam=exam).select_related("reading"):
        kept: Reading | None = getattr(paper, "reading", None)
        name = _unpacked(kept.name_scores.name if kept else "") if "name" in kinds else None
        sid = _unpacked(kept.sid_scores.name if kept else "") if "id" in kinds else None
        yield paper, PaperReading(paper.pk, name, sid, label=str(paper.number))


def _fields(exam: Exam) -> dict[str, Field]:
    """Return where name and number are written, and what the blank template shows there."""
    fields: dict[str, Field] = {}
    for region in exam.regions.filter(kind__in=Region.READ):
        page = TemplatePage.objects.filter(template__exam=exam, number=region.page).first()
        blank = _cut(_picture(page.image.name), region) if page else None
        fields[region.kind] = Field(blank, f"{page.sha256 if page else ''} {region.rect}")
    return fields


def _cut(picture: Grey, region: Region) -> Grey:
    high, wide = picture.shape[:2]
    x, y, width, height = region.rect
    left, top = round(x * wide), round(y * high)
    right, bottom = round((x + width) * wide), round((y + height) * high)
    return picture[top : max(bottom, top + 1), left : max(right, left + 1)]


def _picture(name: str | None) -> Grey:
    with Image.open(io.BytesIO(read(name or ""))) as image:
        return np.asarray(image.convert("L" if image.mode == "L" else "RGB"), dtype=np.uint8)


def _source(fields: dict[str, Field], crops: Written) -> str:
    said = [str(VERSION), *(f"{kind} {field.mark}" for kind, field in sorted(fields.items()))]
    said += [crop.sha256 if crop else "" for crop in crops]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _read(paper: int, source: str, fields: dict[str, Field], crops: Written) -> None:
    name = _read_crop("name", fields, crops.name)
    sid = _read_crop("id", fields, crops.sid)
    Reading.objects.update_or_create(
        submission_id=paper,
        defaults={
            "name": name.text[:200],
            "sid": sid.text[:100],
            "name_scores": _packed(name) if crops.name else "",
            "sid_scores": _packed(sid) if crops.sid else "",
            "source": source,
        },
    )


def _read_crop(kind: Kind, fields: dict[str, Field], crop: Crop | None) -> reading.Reading:
    if crop is None or kind not in fields:
        return NOTHING
    return reading.read(_picture(crop.image.name), kind, template_crop=fields[kind].blank)


def _packed(said: reading.Reading) -> str:
    """Store a reading; return the file's name."""
    file = io.BytesIO()
    scores = said.log_probs if said.log_probs is not None else np.zeros((0, 0), np.float32)
    np.savez_compressed(
        file,
        text=np.array(said.text),
        certainty=np.array(said.certainty),
        empty=np.array(said.empty),
        log_probs=scores,
    )
    return keep("readings", file.getvalue(), ".npz").name


def _unpacked(name: str | None) -> reading.Reading:
    """Return a stored reading; nothing where there is none."""
    if not name:
        return NOTHING
    with np.load(io.BytesIO(read(name)), allow_pickle=False) as kept:
        scores = kept["log_probs"]
        return reading.Reading(
            text=str(kept["text"]),
            certainty=float(kept["certainty"]),
            log_probs=scores if scores.size else None,
            empty=bool(kept["empty"]),
        )
