## SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += tests/unit/test-scan
tests_unit_test_scan_CPPFLAGS = $(UNIT_CPPFLAGS) -DSCAN_PROGRAM='"$(abs_top_builddir)/printroom-scan"'
tests_unit_test_scan_SOURCES = tests/unit/test-scan.c
tests_unit_test_scan_LDADD = $(LIBDAEMON) $(CMOCKA_LIBS)
