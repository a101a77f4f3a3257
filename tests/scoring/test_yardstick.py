"""The whole way of one exam by its commands, from the blank PDF to the graded copies.

The yardstick is one paper of 27 pages: 50 parts, 190 rubric items of which 54 apply, 101.5 of
124 points.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pikepdf
import pytest
from django.core.management import call_command

from config.demo.grading import earned, grades, outcomes, parts
from config.demo.people import AVERY, COURSE, STUDENTS, TERM, roster_csv
from config.demo.scanner import make_batches
from config.demo.template import draw_template, exam_file
from rubrics.words import MATHS
from submissions.models import Page, Submission
from tests.scoring.papers import text_of

CLASS = (STUDENTS[1], AVERY, STUDENTS[5])
SEED = 2026


def run(capsys: pytest.CaptureFixture[str], *command: str) -> Any:
    capsys.readouterr()
    call_command(*command, "--json")
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def told(
    transactional_db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> SimpleNamespace:
    """What the commands said, and the files they wrote."""
    draw_template(tmp_path)
    (tmp_path / "exam.json").write_text(json.dumps(exam_file()))
    (tmp_path / "roster.csv").write_text(roster_csv())
    (tmp_path / "grades.json").write_text(json.dumps(grades(CLASS, SEED)))
    batches = make_batches(tmp_path, CLASS, SEED, processes=1)
    exam = "Deep Learning Midterm"
    run(capsys, "load_exam", str(tmp_path / "exam.json"), "--course", COURSE, "--term", TERM)
    run(capsys, "load_roster", COURSE, str(tmp_path / "roster.csv"))
    said = {
        "ingest": run(capsys, "ingest", exam, *(str(path) for path in batches.paths)),
        "match": run(capsys, "match", exam),
        "grade": run(capsys, "grade", exam, str(tmp_path / "grades.json")),
        "verify": run(capsys, "verify_scores", exam),
        "scores": run(capsys, "export_scores", exam, "-o", str(tmp_path / "scores.csv")),
        "copies": run(capsys, "render_copies", exam, "-o", str(tmp_path / "copies")),
    }
    rows = list(csv.DictReader(io.StringIO((tmp_path / "scores.csv").read_text("utf-8"))))
    return SimpleNamespace(
        said=said,
        rows={row["SID"]: row for row in rows},
        copy=(tmp_path / "copies" / "Rhodes_Avery_s0412873.pdf").read_bytes(),
        scans=[jpeg for path in batches.paths for jpeg in jpegs_of(path.read_bytes())],
        truth=batches.truth,
    )


def jpegs_of(pdf: bytes) -> list[bytes]:
    """The compressed bytes of every page's one scan, in order."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return [
            bytes(image.read_raw_bytes())
            for page in opened.pages
            for image in page.obj.Resources.get("/XObject", {}).values()
            if image.get("/Filter") == "/DCTDecode"
        ]


def plain(text: str) -> str:
    """Letters of a text as they stand in a PDF: maths by its source, lines break anywhere."""
    return "".join(MATHS.sub(r"\1\2", text).replace("*", "").replace("`", "").split())


def test_the_way_of_one_exam(told):
    assert told.said["ingest"]["papers"] == len(CLASS)
    assert Page.objects.filter(state=Page.State.PLACED).count() == 27 * len(CLASS)
    assert Submission.objects.filter(match__membership__sid=AVERY.sid).count() == 1
    assert told.said["copies"]["copies"] == len(CLASS)

    avery = told.rows[AVERY.sid]
    assert (avery["Total Score"], avery["Max Points"], avery["Status"]) == (
        "101.5",
        "124.0",
        "Graded",
    )
    columns = {name.split(":")[0].split(" ")[0]: name for name in list(avery)[13:]}
    assert len(columns) == 50
    for number, part in parts().items():
        assert float(avery[columns[number]]) == part["sample"]["score"], number

    for sid, found in outcomes(CLASS, SEED).items():
        row = told.rows[sid]
        graded = [number for number in columns if row[columns[number]]]
        assert sid == AVERY.sid or 0 < len(graded) < 50
        for number in graded:
            # An adjustment of the demo gives half a point at most.
            least = earned(number, found[number])
            assert least <= float(row[columns[number]]) <= least + 0.5

    text = text_of(told.copy)
    letters = plain(text)
    assert "101.5 / 124" in text
    assert text.count("✓") == 54
    items = [item["text"] for part in parts().values() for item in part["rubric"]]
    assert len(items) == 190
    assert [item for item in items if plain(item) not in letters] == []

    scanned = [
        jpeg for sheet, jpeg in zip(told.truth, told.scans, strict=True) if sheet.sid == AVERY.sid
    ]
    assert len(scanned) == 27
    assert jpegs_of(told.copy)[-27:] == scanned
