## SPDX-License-Identifier: GPL-2.0-or-later
STORE_SUPPORT = tests/unit/store-support.c tests/unit/store-support.h

check_PROGRAMS += tests/unit/test-store
tests_unit_test_store_SOURCES = tests/unit/test-store.c
tests_unit_test_store_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_store_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-store-crash
tests_unit_test_store_crash_SOURCES = tests/unit/test-store-crash.c
tests_unit_test_store_crash_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_store_crash_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-people
tests_unit_test_people_SOURCES = tests/unit/test-people.c
tests_unit_test_people_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_people_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-devices
tests_unit_test_devices_SOURCES = tests/unit/test-devices.c
tests_unit_test_devices_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_devices_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-audit
tests_unit_test_audit_SOURCES = tests/unit/test-audit.c
tests_unit_test_audit_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_audit_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-ledger
tests_unit_test_ledger_SOURCES = tests/unit/test-ledger.c
tests_unit_test_ledger_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_ledger_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-ledger-property
tests_unit_test_ledger_property_SOURCES = tests/unit/test-ledger-property.c
tests_unit_test_ledger_property_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_ledger_property_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-ledger-writers
tests_unit_test_ledger_writers_SOURCES = tests/unit/test-ledger-writers.c
tests_unit_test_ledger_writers_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_ledger_writers_LDADD = $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-store-check
tests_unit_test_store_check_SOURCES = tests/unit/test-store-check.c
tests_unit_test_store_check_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_store_check_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-ledger-race
tests_unit_test_ledger_race_SOURCES = tests/unit/test-ledger-race.c
tests_unit_test_ledger_race_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_ledger_race_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-approvals
tests_unit_test_approvals_SOURCES = tests/unit/test-approvals.c
tests_unit_test_approvals_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_approvals_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-release
tests_unit_test_release_SOURCES = tests/unit/test-release.c
tests_unit_test_release_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_release_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)
