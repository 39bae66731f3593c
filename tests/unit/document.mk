## SPDX-License-Identifier: GPL-2.0-or-later
DOCUMENT_SUPPORT = tests/unit/helper.c tests/unit/helper.h tests/unit/pdf.c tests/unit/pdf.h
DOCUMENT_TEST_CPPFLAGS = $(UNIT_CPPFLAGS) -DDOCUMENT_PROGRAM='"$(abs_top_builddir)/printroom-document"'
DOCUMENT_TEST_LIBS = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += \
	tests/unit/test-answer \
	tests/unit/test-document-helper \
	tests/unit/test-fingerprint \
	tests/unit/test-inspect \
	tests/unit/test-inspect-faults \
	tests/unit/test-inspection \
	tests/unit/test-marks \
	tests/unit/test-preview \
	tests/unit/test-sandbox

tests_unit_test_answer_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_answer_SOURCES = tests/unit/test-answer.c
tests_unit_test_answer_LDADD = $(DOCUMENT_TEST_LIBS)

tests_unit_test_inspect_CPPFLAGS = $(DOCUMENT_TEST_CPPFLAGS)
tests_unit_test_inspect_SOURCES = tests/unit/test-inspect.c
tests_unit_test_inspect_LDADD = $(DOCUMENT_TEST_LIBS)

tests_unit_test_inspect_faults_CPPFLAGS = $(DOCUMENT_TEST_CPPFLAGS)
tests_unit_test_inspect_faults_SOURCES = tests/unit/test-inspect-faults.c
tests_unit_test_inspect_faults_LDADD = $(DOCUMENT_TEST_LIBS)

## memory.c replaces malloc(), which is the helper's business and not a test's: PRINTROOM_FUZZING leaves it out.
tests_unit_test_inspection_CPPFLAGS = $(UNIT_CPPFLAGS) $(DOCUMENT_CPPFLAGS) -DPRINTROOM_FUZZING
tests_unit_test_inspection_SOURCES = tests/unit/test-inspection.c tests/unit/pdf.c tests/unit/pdf.h \
	$(DOCUMENT_INSPECT_SOURCES)
tests_unit_test_inspection_LDADD = $(CMOCKA_LIBS) $(DOCUMENT_LIBS)

tests_unit_test_marks_CPPFLAGS = $(UNIT_CPPFLAGS) $(POPPLER_CFLAGS)
tests_unit_test_marks_SOURCES = tests/unit/test-marks.c daemon/document/marks.c
tests_unit_test_marks_LDADD = $(CMOCKA_LIBS) $(POPPLER_LIBS)

tests_unit_test_preview_CPPFLAGS = $(DOCUMENT_TEST_CPPFLAGS)
tests_unit_test_preview_SOURCES = tests/unit/test-preview.c
tests_unit_test_preview_LDADD = $(DOCUMENT_TEST_LIBS)

tests_unit_test_sandbox_CPPFLAGS = $(DOCUMENT_TEST_CPPFLAGS)
tests_unit_test_sandbox_SOURCES = tests/unit/test-sandbox.c
tests_unit_test_sandbox_LDADD = $(CMOCKA_LIBS)

tests_unit_test_document_helper_CPPFLAGS = $(DOCUMENT_TEST_CPPFLAGS)
tests_unit_test_document_helper_SOURCES = tests/unit/test-document-helper.c
tests_unit_test_document_helper_LDADD = $(DOCUMENT_TEST_LIBS)

tests_unit_test_fingerprint_CPPFLAGS = $(DOCUMENT_TEST_CPPFLAGS)
tests_unit_test_fingerprint_SOURCES = tests/unit/test-fingerprint.c
tests_unit_test_fingerprint_LDADD = $(DOCUMENT_TEST_LIBS)

check_PROGRAMS += tests/unit/test-stamp tests/unit/test-stamp-parts
tests_unit_test_stamp_CPPFLAGS = $(DOCUMENT_TEST_CPPFLAGS)
tests_unit_test_stamp_SOURCES = tests/unit/test-stamp.c
tests_unit_test_stamp_LDADD = $(DOCUMENT_TEST_LIBS)

tests_unit_test_stamp_parts_CPPFLAGS = $(UNIT_CPPFLAGS) $(STAMP_CFLAGS)
tests_unit_test_stamp_parts_SOURCES = tests/unit/test-stamp-parts.c daemon/document/neat.c \
	daemon/document/stamp-code.c daemon/document/stamp-plan.c
tests_unit_test_stamp_parts_LDADD = $(CMOCKA_LIBS) $(STAMP_LIBS)

check_PROGRAMS += tests/unit/test-stamp-plain
tests_unit_test_stamp_plain_CPPFLAGS = $(DOCUMENT_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_stamp_plain_SOURCES = tests/unit/test-stamp-plain.c $(DOCUMENT_INSPECT_SOURCES) $(DOCUMENT_STAMP_SOURCES)
tests_unit_test_stamp_plain_LDADD = $(CMOCKA_LIBS) $(DOCUMENT_LIBS)

check_PROGRAMS += tests/unit/test-stamp-place
tests_unit_test_stamp_place_CPPFLAGS = $(DOCUMENT_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_stamp_place_SOURCES = tests/unit/test-stamp-place.c $(DOCUMENT_INSPECT_SOURCES) $(DOCUMENT_STAMP_SOURCES)
tests_unit_test_stamp_place_LDADD = $(CMOCKA_LIBS) $(DOCUMENT_LIBS)
