"""Record the differences anew: `python -m tests.web.parity`, then read the diff.

Reasons are kept by case. A case that is new here is recorded as `unexplained`, and the tests fail
until somebody has found out why, and has written it down or mended streamlab.
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
        reasons = known[name].reasons if name in known else ("unexplained",)
        found[name] = Difference(hunks, reasons)
RECORDED.write_text(dump(found) + "\n", encoding="utf-8")
