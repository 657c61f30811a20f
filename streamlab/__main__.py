"""``python -m streamlab`` is the command `streamlab`."""

import sys

from streamlab.cli import main

sys.exit(main())
