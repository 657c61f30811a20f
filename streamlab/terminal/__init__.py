"""What the commands of `streamlab.cli` draw in a terminal."""
