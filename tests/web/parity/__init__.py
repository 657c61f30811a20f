"""The same app under Flask and under `streamlab.web`: what happens, in order, and which bytes leave.

`cases_*.py` hold the table, `bench.py` records one run of one case, `differences.py` lists what is
allowed to differ and why, and `test_parity.py` compares.
"""
