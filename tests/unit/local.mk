## SPDX-License-Identifier: GPL-2.0-or-later
## One fragment a topic. A test program NAME in check_PROGRAMS is a cmocka group.
if HAVE_CMOCKA
UNIT_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SODIUM_CFLAGS) $(SQLITE_CFLAGS) $(JANSSON_CFLAGS) \
	-DTEST_SOURCE_DIR='"$(abs_top_srcdir)/tests"'
include tests/unit/policy.mk
include tests/unit/rules.mk
include tests/unit/vault.mk
include tests/unit/store.mk
include tests/unit/people.mk
include tests/unit/document.mk
include tests/unit/drivers.mk
include tests/unit/usb.mk
include tests/unit/daemon.mk
include tests/unit/jobs.mk
include tests/unit/cups.mk
include tests/unit/report.mk
include tests/unit/devices.mk
include tests/unit/scan.mk
include tests/unit/custody.mk

## What many programs have in common, compiled once: some programs took longer to build than to run.
check_LIBRARIES = tests/unit/libsupport.a
tests_unit_libsupport_a_CPPFLAGS = $(DOCUMENT_TEST_CPPFLAGS) $(MICROHTTPD_CFLAGS)
tests_unit_libsupport_a_SOURCES = $(STORE_SUPPORT) $(VAULT_FILES) $(DOCUMENT_SUPPORT) $(API_ECHO)
UNIT_SUPPORT = tests/unit/libsupport.a
endif
