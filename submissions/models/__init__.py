"""Paper in: uploads, their pages, the papers they form, and whose they are."""

from __future__ import annotations

from submissions.models.choice import Choice
from submissions.models.delivery import Delivery, Part
from submissions.models.match import Denial, Match, Reading
from submissions.models.name_check import NameCheck
from submissions.models.printing import PrintedPaper, PrintRun
from submissions.models.repair import Acceptance, LookAgain, Photograph, Repair, Rescan
from submissions.models.submission import Answer, Crop, Submission
from submissions.models.upload import Page, TemplateUpload, Upload

__all__ = [
    "Acceptance",
    "Answer",
    "Choice",
    "Crop",
    "Delivery",
    "Denial",
    "LookAgain",
    "Match",
    "NameCheck",
    "Page",
    "Part",
    "Photograph",
    "PrintRun",
    "PrintedPaper",
    "Reading",
    "Repair",
    "Rescan",
    "Submission",
    "TemplateUpload",
    "Upload",
]
