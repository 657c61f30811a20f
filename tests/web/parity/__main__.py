"""Record the differences anew: `python -m tests.web.parity`, then read the diff.

A difference keeps its reason as long as its lines stay the same. Any other is recorded as
`unexplained`, and the tests fail until somebody has found out why, and has written that down or
mended streamlab.
"""

from __future__ import annotations

from .bench import record
from .cases import CASES
from .differences import RECORDED, Difference, compare, dump, load
from .frameworks import FLASK, STREAMLAB

known = load(RECORDED) if RECORDED.exists() else {}
found = {}
for name, case in CASES.items():
    if hunks := compare(record(case, FLASK), record(case, STREAMLAB)):
        before = known.get(name, Difference(()))
        same = Difference(hunks).text == before.text
        found[name] = Difference(hunks, before.reasons if same else ("unexplained",))
RECORDED.write_text(dump(found) + "\n", encoding="utf-8")
