"""How well the print must fit before a page is taken for one of the exam's.

Beside the modules that lay pages down, because these figures are also asked for by code that
must not load what computes them: it would stand in the memory of every process.
"""

from __future__ import annotations

SCORE = 0.48  # foreign pages of the same layout were seen up to 0.41, genuine ones from 0.58
BROAD_SCORE, BROAD_BLOCKS, BROAD_REACH = 0.28, 10, 0.6
MAX_ERROR = 2.0  # pixels at 100 dots an inch
# Pages of little print share head and foot with those of other exams. Such pages of another
# title fitted by 0.57 to 0.70, 36 % of their blocks much worse than the rest; own ones that were
# torn, folded or written over by 0.66 or more, 22 % at most. 0.75 leaves whole ones alone.
PLAIN_SCORE, LEAST_SCORE = 0.75, 0.6
