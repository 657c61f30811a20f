"""Run the same apps under Flask and under `streamlab.web`, and compare all events and all bytes.

The cases are in `cases_*.py`. `bench.py` records the events of one case, `differences.py` lists the
differences that are allowed and their reasons, and `test_parity.py` compares.
"""
