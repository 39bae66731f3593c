## SPDX-License-Identifier: GPL-2.0-or-later
## Tests of the life of a job: states, verdicts, settings.
check_PROGRAMS += tests/unit/test-states tests/unit/test-verdict tests/unit/test-settings tests/unit/test-titles

JOBS_TEST_CPPFLAGS = $(UNIT_CPPFLAGS) -DTEST_SOURCE_ROOT='"$(abs_top_srcdir)"'
JOBS_TEST_LDADD = $(LIBDAEMON) $(CMOCKA_LIBS)

tests_unit_test_states_CPPFLAGS = $(JOBS_TEST_CPPFLAGS)
tests_unit_test_states_SOURCES = tests/unit/test-states.c
tests_unit_test_states_LDADD = $(JOBS_TEST_LDADD)

tests_unit_test_verdict_CPPFLAGS = $(JOBS_TEST_CPPFLAGS)
tests_unit_test_verdict_SOURCES = tests/unit/test-verdict.c
tests_unit_test_verdict_LDADD = $(JOBS_TEST_LDADD)

tests_unit_test_settings_CPPFLAGS = $(JOBS_TEST_CPPFLAGS)
tests_unit_test_settings_SOURCES = tests/unit/test-settings.c
tests_unit_test_settings_LDADD = $(JOBS_TEST_LDADD)

tests_unit_test_titles_CPPFLAGS = $(JOBS_TEST_CPPFLAGS)
tests_unit_test_titles_SOURCES = tests/unit/test-titles.c
tests_unit_test_titles_LDADD = $(JOBS_TEST_LDADD)

check_PROGRAMS += tests/unit/test-intake
tests_unit_test_intake_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_intake_SOURCES = tests/unit/test-intake.c
tests_unit_test_intake_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)
