#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A sample of other people's PDFs, inspected and stamped; all of them by `tests/run corpora`."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CORPORA = os.path.join(HERE, os.pardir, "corpora")

if __name__ == "__main__":
    os.execv(sys.executable, [sys.executable, "-B", CORPORA, "--sample", "24"])
