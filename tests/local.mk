## SPDX-License-Identifier: GPL-2.0-or-later
include tests/unit/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk
include tests/integration/local.mk
