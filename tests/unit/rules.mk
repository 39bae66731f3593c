## SPDX-License-Identifier: GPL-2.0-or-later
## The rules of the print room and the order of printing.
check_PROGRAMS += tests/unit/test-order tests/unit/test-rules

tests_unit_test_order_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_order_LDADD = policy/libpolicy.a $(CMOCKA_LIBS)
tests_unit_test_rules_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_rules_LDADD = policy/libpolicy.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-job-rules
tests_unit_test_job_rules_SOURCES = tests/unit/test-job-rules.c
tests_unit_test_job_rules_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_job_rules_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)
