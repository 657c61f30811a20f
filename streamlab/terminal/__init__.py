"""The terminal floor: what the commands of `streamlab.cli` show where there is no notebook."""
