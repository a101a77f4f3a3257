"""The API of grading: `PUT`/`DELETE` of small things, each safe to repeat.

Points travel as decimal texts ("-0.5"). A refused request says why in `detail`.
"""

from __future__ import annotations
