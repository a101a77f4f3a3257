"""The six steps of an exam, where it stands, and what is useful next. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gradebook.counted import counted, counted_points
from gradebook.points import points_text
from scoring.rounding import nearest

# Fewer papers tell nothing of an exam's scores, unless they are all there are.
TELLING = 3

# Pages that only instructors may open.
FOR_INSTRUCTORS = {"outline", "match", "release", "copies", "people"}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an exam stands. Points and mean in hundredths, seconds of work, plain counts."""

    template: bool = False
    template_pages: int = 0
    drawing: bool = False  # a template's pages are being drawn
    parts: int = 0
    points: int = 0
    unplaced: int = 0  # parts nobody drew a region for
    students: int = 0
    papers: int = 0
    matched: int = 0
    naming: bool = False  # names are still to be read
    pages: int = 0
    reading: int = 0  # pages not looked at yet
    opening: int = 0  # files whose papers are not formed yet
    doubtful: int = 0
    answers: int = 0
    graded: int = 0
    seconds_left: float | None = None
    whole: int = 0  # papers wholly graded
    mean: float | None = None  # of these
    released: str = ""  # when, in words
    by: str = ""
    seen: int = -1  # students who see their result; not counted where that does not matter

    @property
    def partly(self) -> bool:
        """Whether it is released, and some whose papers are known see nothing yet."""
        return bool(self.released) and 0 <= self.seen < self.matched

    @property
    def working(self) -> bool:
        return bool(self.reading or self.opening)

    @property
    def moving(self) -> bool:
        """Whether the machine is at something that these numbers will tell."""
        return self.working or self.drawing or self.naming

    @property
    def unmatched(self) -> int:
        return self.papers - self.matched

    @property
    def telling(self) -> bool:
        """Whether enough papers are wholly graded to say how it goes."""
        return 0 < min(TELLING, self.papers) <= self.whole

    @property
    def done(self) -> bool:
        return bool(self.answers) and self.graded == self.answers


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `page` is the name of its page, "" where one may not or need not go."""

    label: str
    value: str
    note: str
    page: str = ""
    state: str = ""  # now, done, look
    url: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """The next useful step. `page` is a page's name; `question` is set for grading."""

    label: str
    page: str
    question: int | None = None


def about(at: Standing, *, questions: int) -> str:
    """Return the line under an exam's name: "7 questions, 50 parts, 124 points · 27 pages"."""
    outline = [counted(questions, "question"), counted(at.parts, "part"), counted_points(at.points)]
    if questions == at.parts:
        del outline[1]
    told = [", ".join(outline) if at.parts else "No questions yet"]
    if at.template_pages:
        told.append(counted(at.template_pages, "page"))
    if at.students:
        told.append(counted(at.students, "student"))
    return " · ".join(told)


def steps(at: Standing, *, instructor: bool, names: bool = False) -> list[Step]:
    """Return the six steps; doubts lead where they are mended who may know names."""
    now = where(at)
    each = [_outline(at), _scans(at), _students(at), _grading(at), _review(at), _release(at)]
    return [
        replace(
            step,
            page=_page(step.page, instructor=instructor, names=names),
            state="now" if step.label == now else step.state,
        )
        for step in each
    ]


def _page(page: str, *, instructor: bool, names: bool) -> str:
    if page == "repair" and not names:
        return "scans"
    if page == "review" and not instructor:
        return "#so-far"
    return "" if page in FOR_INSTRUCTORS and not instructor else page


def where(at: Standing) -> str:
    """Return the label of the step that is being done, "" when all are."""
    reached: Mapping[str, bool] = {
        "Outline": bool(at.parts),
        "Scans": bool(at.papers),
        "Grading": at.done,
        "Students": not at.unmatched,
        "Release": bool(at.released),
    }
    return next((label for label, done in reached.items() if not done and not at.released), "")


def action(at: Standing, next_up: tuple[int, str] | None, *, instructor: bool) -> Action | None:
    """Return what the one main button does; `next_up` is the question to grade and its name."""
    if at.papers and next_up:
        pk, name = next_up
        return Action(f"Grade {name}", "grade", pk)
    if not instructor:
        return None
    if at.released and not at.partly:
        return Action("Graded copies", "copies")
    if not at.parts:
        if at.drawing and not at.template:
            return Action("See the blank exam come", "outline")
        return Action("Draw the outline" if at.template else "Add the blank exam", "outline")
    if not at.papers:
        return Action("See the scans come in" if at.working else "Upload scans", "scans")
    if at.doubtful:
        return Action(f"Look at {counted(at.doubtful, 'page')}", "repair")
    if at.unmatched:
        return Action(f"Confirm {counted(at.unmatched, 'name')}", "match")
    return Action("Release", "release")


def _outline(at: Standing) -> Step:
    step = Step("Outline", counted(at.parts, "part"), "", "outline")
    if at.drawing:
        value = step.value if at.parts else "On its way"
        return replace(step, value=value, note="drawing the template’s pages")
    if not at.parts:
        note = "draw where the questions are" if at.template else "add the blank exam"
        return replace(step, value="Not yet", note=note)
    points = counted_points(at.points)
    if at.unplaced:
        needed = f"{points}, {at.unplaced:,} not placed yet"
        return replace(step, note=needed, state="look")
    return replace(step, note=f"{points}, all placed", state="done")


def _scans(at: Standing) -> Step:
    step = Step("Scans", counted(at.papers, "paper"), "", "scans")
    if at.working:
        value = step.value if at.papers else "Coming in"
        files = counted(at.opening, "file")
        pages = f"{at.pages - at.reading:,} of {counted(at.pages, 'page')} read"
        return replace(step, value=value, note=pages if at.pages else f"opening {files}")
    if at.doubtful:
        verb = "needs" if at.doubtful == 1 else "need"
        note = f"{counted(at.doubtful, 'page')} {verb} a look"
        return replace(step, note=note, page="repair", state="look")
    if not at.papers:
        return replace(step, value="None yet", note="PDF, ZIP or pictures, in any order")
    return replace(step, note=counted(at.pages, "page"), state="done")


def _students(at: Standing) -> Step:
    if not at.students and not at.matched:
        return Step("Students", "None yet", "add the roster", "people", "look" * bool(at.papers))
    if not at.papers:
        return Step("Students", f"{at.students:,}", "on the roster", "people")
    step = Step("Students", f"{at.matched:,} of {at.papers:,}", "", "match")
    if at.unmatched and at.naming:
        return replace(step, note="names are being read")
    if at.unmatched:
        return replace(step, note=f"{at.unmatched:,} to confirm", state="look")
    missing = at.students - at.matched
    note = f"{counted(missing, 'student')} without a paper" if missing > 0 else "everyone is known"
    return replace(step, note=note, state="done")


def _grading(at: Standing) -> Step:
    if not at.answers:
        return Step("Grading", "–", "starts with the first paper", "#parts")
    # 99.6 % is not done: nobody should hear 100 before it is.
    percent = at.graded * 100 // at.answers
    step = Step("Grading", f"{percent} %", "", "#parts")
    if at.done:
        return replace(step, note="every answer", state="done")
    waiting = at.answers - at.graded
    if at.seconds_left is None:
        return replace(step, note=f"{counted(waiting, 'answer')} left")
    return replace(step, note=f"about {duration(at.seconds_left)} of work left")


def _review(at: Standing) -> Step:
    if not at.whole or at.mean is None:
        return Step("Review", "–", "no paper is wholly graded yet", "review")
    if not at.telling:
        papers = counted(at.whole, "paper")
        return Step("Review", papers, f"wholly graded; scores show from {TELLING} on", "review")
    if at.papers == 1:
        note = "of the one paper"
    elif at.whole < at.papers:
        note = f"of {at.whole:,} of {at.papers:,} papers"
    else:
        note = f"of all {at.papers:,} papers"
    state = "done" if at.released else ""
    return Step("Review", f"{tenths(at.mean)} mean", note, "review", state)


def _release(at: Standing) -> Step:
    if at.partly:
        note = counted(at.matched - at.seen, "student sees nothing yet", "students see nothing yet")
        return Step("Release", f"{at.seen:,} of {at.matched:,}", note, "release", "look")
    if at.released:
        note = f"{at.released}, {at.by}" if at.by else at.released
        return Step("Release", "Released", note, "release", "done")
    return Step("Release", "Not yet", "students see nothing", "release")


# Words


def tenths(points: float | None) -> str:
    """Return hundredths as points to one decimal: 7842.6 -> "78.4", None -> "–"."""
    return points_text(None if points is None else nearest(points / 10) * 10, 1)


def duration(seconds: float) -> str:
    """Return a length of work as people say it: "4 min", "2 h 10"; from an hour on by fives."""
    minutes = max(1, round(seconds / 60))
    if minutes >= 60:
        minutes = round(minutes / 5) * 5
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02d}" if hours else f"{minutes} min"
