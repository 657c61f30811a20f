"""Record the differences again: run `python -m tests.web.parity`, then read the diff.

A difference keeps its reason if its lines have not changed. Other differences are recorded with the
reason `unexplained`, and the tests fail until you fix streamlab or give the real reason.
"""

from __future__ import annotations

from tests.web.parity.bench import record
from tests.web.parity.cases import CASES
from tests.web.parity.differences import RECORDED, Difference, compare, dump, load
from tests.web.parity.frameworks import FLASK, STREAMLAB

known = load(RECORDED) if RECORDED.exists() else {}
found = {}
for name, case in CASES.items():
    if hunks := compare(record(case, FLASK), record(case, STREAMLAB)):
        before = known.get(name, Difference(()))
        same = Difference(hunks).text == before.text
        found[name] = Difference(hunks, before.reasons if same else ("unexplained",))
RECORDED.write_text(dump(found) + "\n", encoding="utf-8")
