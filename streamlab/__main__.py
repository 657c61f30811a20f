"""``python -m streamlab`` runs the command `streamlab`."""

import sys

from streamlab.cli import main

sys.exit(main())
