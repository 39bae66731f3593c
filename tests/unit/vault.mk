## SPDX-License-Identifier: GPL-2.0-or-later
VAULT_FILES = tests/unit/vault-files.c tests/unit/vault-files.h

check_PROGRAMS += tests/unit/test-bech32
tests_unit_test_bech32_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_bech32_LDADD = $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-age
tests_unit_test_age_SOURCES = tests/unit/test-age.c
tests_unit_test_age_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_age_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-age-testkit
tests_unit_test_age_testkit_SOURCES = tests/unit/test-age-testkit.c
tests_unit_test_age_testkit_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_age_testkit_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)
EXTRA_DIST += tests/unit/age-testkit

check_PROGRAMS += tests/unit/test-age-interop
tests_unit_test_age_interop_SOURCES = tests/unit/test-age-interop.c
tests_unit_test_age_interop_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_age_interop_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-keys
tests_unit_test_keys_SOURCES = tests/unit/test-keys.c
tests_unit_test_keys_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_keys_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)

## The calls that make a file durable are watched and made to fail.
check_PROGRAMS += tests/unit/test-spool
tests_unit_test_spool_SOURCES = tests/unit/test-spool.c
tests_unit_test_spool_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_spool_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fsync,--wrap=linkat,--wrap=renameat,--wrap=openat
tests_unit_test_spool_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)
