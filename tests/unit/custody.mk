## SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += tests/unit/test-trace tests/unit/test-custody tests/unit/test-numbering
tests_unit_test_trace_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_trace_SOURCES = tests/unit/test-trace.c
tests_unit_test_trace_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)
tests_unit_test_custody_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_custody_SOURCES = tests/unit/test-custody.c
tests_unit_test_custody_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)
tests_unit_test_numbering_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_numbering_SOURCES = tests/unit/test-numbering.c
tests_unit_test_numbering_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)
EXTRA_DIST += tests/unit/trace-vectors.inc tests/unit/trace-vectors.py
check_PROGRAMS += tests/unit/test-documents
tests_unit_test_documents_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_documents_SOURCES = tests/unit/test-documents.c
tests_unit_test_documents_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)
