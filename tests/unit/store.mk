## SPDX-License-Identifier: GPL-2.0-or-later
STORE_SUPPORT = tests/unit/store-support.c tests/unit/store-support.h

check_PROGRAMS += tests/unit/test-store
tests_unit_test_store_SOURCES = tests/unit/test-store.c $(STORE_SUPPORT)
tests_unit_test_store_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_store_LDADD = $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-store-crash
tests_unit_test_store_crash_SOURCES = tests/unit/test-store-crash.c $(STORE_SUPPORT)
tests_unit_test_store_crash_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_store_crash_LDADD = $(LIBDAEMON) $(CMOCKA_LIBS)
