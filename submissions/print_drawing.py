"""The PDF of a print run, drawn by a job from the blank exam and the roster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.utils import timezone

from gradebook.files import keep_file, read
from gradebook.models import Exam, Membership, Region, TemplatePage
from jobs import Refusal
from jobs.folders import working_folder
from jobs.models import Job
from submissions import imaging
from submissions.code_places import Blank, NoRoom, find_place
from submissions.local_files import local_path
from submissions.models import PrintRun
from submissions.name_lines import Room, forms, room, write, write_name
from submissions.print_pdf import Papers, Word, Words, prepare
from submissions.print_runs import CannotPrint
from submissions.sandbox import Sandbox, SandboxError
from submissions.sources import BadUpload

PREPARE_SECONDS = 60
_WIDTH = 1275  # pixels: as wide as the template's pictures are


def draw_papers(job: Job) -> None:
    """Draw a run's PDF, once. Raises Refusal, in words."""
    runs = PrintRun.objects.select_related("exam__template")
    run = runs.filter(pk=job.args["run"], file="", problem="").first()
    if run is None:
        return
    job.report(total=run.copies, message="Drawing the papers")
    try:
        _draw(run, job)
    except (BadUpload, CannotPrint, NoRoom) as error:
        PrintRun.objects.filter(pk=run.pk, file="").update(problem=str(error))
        raise Refusal(str(error)) from None


def _draw(run: PrintRun, job: Job) -> None:
    template = run.exam.template
    if template.sha256 != run.template_sha256:
        raise CannotPrint("The blank exam was replaced meanwhile. Ask for the papers once more.")
    stamps = find_place(_blanks(run.exam))
    names = _Names(run)
    with working_folder() as folder:
        prepared, out = folder / "template.pdf", folder / "papers.pdf"
        _prepare(local_path(str(template.file.name)), prepared)
        papers = Papers(prepared, run.code, stamps, names.words)
        for done, (number, student) in enumerate(_in_order(run), 1):
            papers.add(number, names.on(student, number), two_sided=run.two_sided)
            job.report(done=done)
        papers.save(out)
        with out.open("rb") as file:
            kept = keep_file("prints", file, ".pdf")
    places = [{"rect": stamp.rect, "turned": stamp.turned} for stamp in stamps]
    waiting = PrintRun.objects.filter(pk=run.pk, file="")
    waiting.update(file=kept.name, places=places, left_out=names.left_out, drawn_at=timezone.now())


def _prepare(template: Path, out: Path) -> None:
    try:
        with Sandbox(seconds=PREPARE_SECONDS) as box:
            box.call(prepare, template, "The blank exam", out)
    except SandboxError as error:
        raise CannotPrint(
            f"The blank exam could not be opened within bounds ({error.reason}). "
            "Print it to a new PDF and upload that."
        ) from error


def _in_order(run: PrintRun) -> Iterator[tuple[int, Membership | None]]:
    """The run's papers as they are piled: by name, then those without one."""
    papers = run.papers.select_related("membership__user")
    name = ("membership__user__last_name", "membership__user__first_name")
    for paper in papers.exclude(membership=None).order_by(*name, "number"):
        yield paper.number, paper.membership
    for paper in papers.filter(membership=None).order_by("number"):
        yield paper.number, None


def _pages(exam: Exam) -> Iterator[tuple[TemplatePage, imaging.Picture]]:
    """The template's pages one after another: all pictures at once would be too many."""
    for page in TemplatePage.objects.filter(template__exam=exam).order_by("number"):
        yield page, imaging.grey(read(str(page.image.name)), _WIDTH)


def _blanks(exam: Exam) -> Iterator[Blank]:
    regions = list(exam.regions.all())
    for page, picture in _pages(exam):
        mine = [region for region in regions if region.page == page.number]
        yield Blank(
            picture,
            page.width,
            page.height,
            names=[one.rect for one in mine if one.kind != Region.Kind.QUESTION],
            answers=[one.rect for one in mine if one.kind == Region.Kind.QUESTION],
        )


class _Names:
    """What is printed for each student: the name in its region, the number in its own."""

    def __init__(self, run: PrintRun) -> None:
        members = Membership.objects.filter(printed_papers__run=run).select_related("user")
        self.texts = {
            member.pk: {Region.Kind.NAME: str(member.user), Region.Kind.ID: member.sid}
            for member in members
        }
        words = [text for texts in self.texts.values() for text in texts.values() if text]
        # A number may stand in boxes, letter by letter.
        words = [*words, *sorted(set("".join(words)))]
        self.words = Words(words)
        self.rooms = list(_rooms(run.exam)) if self.texts else []
        self.left_out: list[str] = []
        if tight := self._tight():
            lines = [line for name in tight for form in forms(name) for line in form.split("\n")]
            self.words = Words([*words, *lines, *sorted(set("".join(lines)))])

    def _tight(self) -> list[str]:
        """Names that have no room as they are; few, so only these are typeset in other forms."""
        names = sorted({texts[Region.Kind.NAME] for texts in self.texts.values()})
        rooms = [at for kind, _, at in self.rooms if kind == Region.Kind.NAME]
        return [
            name
            for name in names
            if name and not all(write(name, at, self.words.size) for at in rooms)
        ]

    def on(self, student: Membership | None, paper: int) -> dict[int, list[Word]]:
        """The words by page. A name that has no room in any form is noted in `left_out`."""
        found: dict[int, list[Word]] = {}
        for kind, page, at in self.rooms if student else ():
            text = self.texts[student.pk][kind] if student else ""
            if not text:
                continue
            put = write_name if kind == Region.Kind.NAME else write
            words = put(text, at, self.words.size)
            if not words and kind == Region.Kind.NAME:
                self.left_out.append(f"Paper {paper}: “{text}” has no room and is not printed.")
            found.setdefault(page, []).extend(words)
        return found


def _rooms(exam: Exam) -> Iterator[tuple[Region.Kind, int, Room]]:
    regions = list(exam.regions.filter(kind__in=Region.READ))
    for page, picture in _pages(exam):
        for region in regions:
            if region.page == page.number:
                at = room(picture, region.rect, page.width, page.height)
                yield Region.Kind(region.kind), page.number, at
