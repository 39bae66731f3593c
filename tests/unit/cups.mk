## SPDX-License-Identifier: GPL-2.0-or-later
BACKEND_UNIT_CPPFLAGS = $(UNIT_CPPFLAGS) $(CUPS_CFLAGS)
BACKEND_UNIT_LIBS = $(CMOCKA_LIBS) $(CUPS_LIBS) $(JANSSON_LIBS)

check_PROGRAMS += tests/unit/test-backend-documents tests/unit/test-backend-options tests/unit/test-backend-request \
	tests/unit/test-ppd
tests_unit_test_backend_documents_CPPFLAGS = $(BACKEND_UNIT_CPPFLAGS)
tests_unit_test_backend_documents_SOURCES = tests/unit/test-backend-documents.c \
	daemon/cups/backend-documents.c
tests_unit_test_backend_documents_LDADD = $(BACKEND_UNIT_LIBS)
tests_unit_test_backend_request_CPPFLAGS = $(BACKEND_UNIT_CPPFLAGS)
tests_unit_test_backend_request_SOURCES = tests/unit/test-backend-request.c \
	daemon/cups/backend-options.c daemon/cups/backend-request.c
tests_unit_test_backend_request_LDADD = $(BACKEND_UNIT_LIBS)
tests_unit_test_backend_options_CPPFLAGS = $(BACKEND_UNIT_CPPFLAGS)
tests_unit_test_backend_options_SOURCES = tests/unit/test-backend-options.c \
	daemon/cups/backend-options.c
tests_unit_test_backend_options_LDADD = $(BACKEND_UNIT_LIBS)
tests_unit_test_ppd_CPPFLAGS = $(BACKEND_UNIT_CPPFLAGS)
tests_unit_test_ppd_SOURCES = tests/unit/test-ppd.c
tests_unit_test_ppd_LDADD = $(LIBDAEMON) $(BACKEND_UNIT_LIBS)

## Who tries to print past the print room.
check_PROGRAMS += tests/unit/test-access-log tests/unit/test-bypass
tests_unit_test_access_log_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_access_log_SOURCES = tests/unit/test-access-log.c
tests_unit_test_access_log_LDADD = $(LIBDAEMON) $(CMOCKA_LIBS)
tests_unit_test_bypass_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_bypass_SOURCES = tests/unit/test-bypass.c
tests_unit_test_bypass_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)
