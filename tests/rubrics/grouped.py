"""The world with something to group: pages, crops, options and what was read of them.

Question 1.1 is multiple choice with the options A, B and C on page 1, whose papers 1 to 3 chose
A, B (not for sure) and nothing. Question 2, on page 3, was left blank on papers 1 and 2.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import simplejpeg

from gradebook.files import keep
from gradebook.models import Option, Template
from submissions.models import Answer, Choice, Crop, Page, Upload

SIDES = {"y": 0.25, "width": 0.03, "height": 0.02}
READ = {1: ("A", 0.95), 2: ("B", 0.4), 3: ("", 1.0)}
INK = {1: 0.2, 2: 0.0, 3: 250.0}


def jpeg(level: int) -> bytes:
    grey = np.full((40, 60, 1), level, np.uint8)
    return bytes(simplejpeg.encode_jpeg(grey, 80, "GRAY", "Gray"))


def make_groups(world: SimpleNamespace) -> SimpleNamespace:
    world.template = Template.objects.create(
        exam=world.exam, file="t.pdf", sha256="0", page_count=3
    )
    for number in (1, 2, 3):
        world.template.pages.create(
            number=number, width=612, height=792, image="t.jpg", sha256=str(number)
        )
    world.options = {
        label: Option.objects.create(
            question=world.questions["1.1"],
            position=place,
            label=label,
            page=1,
            x=0.2 + 0.1 * place,
            **SIDES,
        )
        for place, label in enumerate("ABC")
    }
    world.upload = Upload.objects.create(
        exam=world.exam, name="sam-student.pdf", file="x.pdf", size=1, sha256="1", page_count=9
    )
    world.pages = {}
    for paper in world.papers:
        for number in (1, 2, 3):
            world.pages[paper.number, number] = _page(world, paper, number)
        Answer.objects.filter(submission=paper, question=world.questions["2"]).update(
            ink=INK[paper.number]
        )
        _choice(world, paper.number)
    return world


def _page(world, paper, number):
    at = 3 * (paper.number - 1) + number
    kept = keep("previews", jpeg(100 + at), ".jpg")
    page = Page.objects.create(
        upload=world.upload,
        number=at,
        state=Page.State.PLACED,
        submission=paper,
        template_page=number,
        position=number,
        image=kept.name,
        preview=kept.name,
        width=60,
        height=40,
        score=0.9,
        error_px=0.2,
        affine=[1, 0, 0, 0, 1, 0],
    )
    for region in world.exam.regions.filter(page=number):
        crop = keep("crops", jpeg(200 + at), ".jpg")
        Crop.objects.create(
            page=page, region=region, image=crop.name, sha256=crop.sha256, width=60, height=40
        )
    return page


def _choice(world, paper):
    labels, certainty = READ[paper]
    Choice.objects.create(
        page=world.pages[paper, 1],
        question=world.questions["1.1"],
        marked=[world.options[label].pk for label in labels],
        ink={str(option.pk): 0.0 for option in world.options.values()},
        certainty=certainty,
    )
