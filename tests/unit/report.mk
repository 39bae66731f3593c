## SPDX-License-Identifier: GPL-2.0-or-later
## The monthly report's figures, walk-up copies, violations.
check_PROGRAMS += tests/unit/test-figures
tests_unit_test_figures_SOURCES = tests/unit/test-figures.c
tests_unit_test_figures_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_figures_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)
