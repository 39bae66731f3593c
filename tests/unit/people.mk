## SPDX-License-Identifier: GPL-2.0-or-later
## People: their changes, what they use, how they sign in.
check_PROGRAMS += tests/unit/test-people-change
tests_unit_test_people_change_SOURCES = tests/unit/test-people-change.c
tests_unit_test_people_change_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_people_change_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-ledger-person
tests_unit_test_ledger_person_SOURCES = tests/unit/test-ledger-person.c
tests_unit_test_ledger_person_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_ledger_person_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-csv
tests_unit_test_csv_SOURCES = tests/unit/test-csv.c
tests_unit_test_csv_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_csv_LDADD = $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-api-people
tests_unit_test_api_people_SOURCES = tests/unit/test-api-people.c
tests_unit_test_api_people_CPPFLAGS = $(UNIT_CPPFLAGS) $(MICROHTTPD_CFLAGS)
tests_unit_test_api_people_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-secrets
tests_unit_test_secrets_SOURCES = tests/unit/test-secrets.c
tests_unit_test_secrets_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_secrets_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-quota-person
tests_unit_test_quota_person_SOURCES = tests/unit/test-quota-person.c
tests_unit_test_quota_person_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_quota_person_LDADD = policy/libpolicy.a $(CMOCKA_LIBS)
