## SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += \
	tests/unit/test-decide \
	tests/unit/test-level \
	tests/unit/test-policy-names \
	tests/unit/test-policy-pure \
	tests/unit/test-quota \
	tests/unit/test-sheets \
	tests/unit/test-words

tests_unit_test_decide_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_decide_LDADD = policy/libpolicy.a $(CMOCKA_LIBS)
tests_unit_test_level_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_level_LDADD = policy/libpolicy.a $(CMOCKA_LIBS)
tests_unit_test_policy_names_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_policy_names_LDADD = policy/libpolicy.a $(CMOCKA_LIBS)
tests_unit_test_policy_pure_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_policy_pure_LDADD = $(CMOCKA_LIBS)
tests_unit_test_quota_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_quota_LDADD = policy/libpolicy.a $(CMOCKA_LIBS)
tests_unit_test_sheets_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_sheets_LDADD = policy/libpolicy.a $(CMOCKA_LIBS)
tests_unit_test_words_SOURCES = tests/unit/test-words.c tests/unit/words-expected.inc
tests_unit_test_words_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_words_LDADD = policy/libpolicy.a $(CMOCKA_LIBS)
