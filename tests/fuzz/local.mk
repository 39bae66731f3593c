## SPDX-License-Identifier: GPL-2.0-or-later

if FUZZERS
## Configure with CC=clang CFLAGS='-g -O1 -fsanitize=fuzzer-no-link', so that the daemon's code is followed too.
noinst_PROGRAMS += tests/fuzz/fuzz-age tests/fuzz/fuzz-age-keys
tests_fuzz_fuzz_age_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS)
tests_fuzz_fuzz_age_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_age_LDADD = $(LIBDAEMON)
tests_fuzz_fuzz_age_keys_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS)
tests_fuzz_fuzz_age_keys_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_age_keys_LDADD = $(LIBDAEMON)
endif
EXTRA_DIST += tests/fuzz/seeds/age tests/fuzz/seeds/age-keys

if FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz-device-evidence
tests_fuzz_fuzz_device_evidence_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_device_evidence_LDADD = $(LIBDAEMON)
endif
EXTRA_DIST += tests/fuzz/seeds/device-evidence

if FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz-facts tests/fuzz/fuzz-inspect
tests_fuzz_fuzz_facts_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS)
tests_fuzz_fuzz_facts_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_facts_SOURCES = tests/fuzz/fuzz-facts.c \
	daemon/document/answer.c daemon/document/problem.c daemon/error.c
tests_fuzz_fuzz_facts_LDADD = $(JANSSON_LIBS) $(SODIUM_LIBS)
tests_fuzz_fuzz_inspect_CPPFLAGS = $(DOCUMENT_CPPFLAGS) -DPRINTROOM_FUZZING
tests_fuzz_fuzz_inspect_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_inspect_SOURCES = tests/fuzz/fuzz-inspect.c $(DOCUMENT_INSPECT_SOURCES)
tests_fuzz_fuzz_inspect_LDADD = $(DOCUMENT_LIBS)
endif
EXTRA_DIST += tests/fuzz/seeds/facts tests/fuzz/seeds/inspect

if FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz-api-request
tests_fuzz_fuzz_api_request_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_api_request_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_api_request_LDADD = $(LIBDAEMON)
endif
EXTRA_DIST += tests/fuzz/seeds/api-request

if FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz-picture
tests_fuzz_fuzz_picture_CPPFLAGS = $(SCAN_CPPFLAGS)
tests_fuzz_fuzz_picture_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_picture_SOURCES = tests/fuzz/fuzz-picture.c $(SCAN_SOURCES)
tests_fuzz_fuzz_picture_LDADD = $(SCAN_LIBS)
endif
EXTRA_DIST += tests/fuzz/seeds/picture

if FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz-access-log
tests_fuzz_fuzz_access_log_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_access_log_LDADD = $(LIBDAEMON)
endif
EXTRA_DIST += tests/fuzz/seeds/access-log

if FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz-trace-token
tests_fuzz_fuzz_trace_token_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS)
tests_fuzz_fuzz_trace_token_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_trace_token_LDADD = $(LIBDAEMON)
endif
EXTRA_DIST += tests/fuzz/seeds/trace-token

if FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz-usb-device-id tests/fuzz/fuzz-usb-quirks
tests_fuzz_fuzz_usb_device_id_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_usb_device_id_LDADD = drivers/libdrivers.a $(CUPS_LIBS)
tests_fuzz_fuzz_usb_quirks_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_usb_quirks_LDADD = drivers/libdrivers.a $(CUPS_LIBS)
endif
EXTRA_DIST += tests/fuzz/seeds/usb-device-id tests/fuzz/seeds/usb-quirks

if FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz-stamp
tests_fuzz_fuzz_stamp_CPPFLAGS = $(DOCUMENT_CPPFLAGS) -DPRINTROOM_FUZZING
tests_fuzz_fuzz_stamp_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_stamp_SOURCES = tests/fuzz/fuzz-stamp.c $(DOCUMENT_INSPECT_SOURCES) $(DOCUMENT_STAMP_SOURCES)
tests_fuzz_fuzz_stamp_LDADD = $(DOCUMENT_LIBS)
endif
EXTRA_DIST += tests/fuzz/seeds/stamp

if FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz-ipp-answer tests/fuzz/fuzz-pjl-answer tests/fuzz/fuzz-pjl-session \
	tests/fuzz/fuzz-postscript-answer tests/fuzz/fuzz-snmp-answer
tests_fuzz_fuzz_snmp_answer_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_snmp_answer_LDADD = drivers/libdrivers.a
tests_fuzz_fuzz_ipp_answer_CPPFLAGS = $(AM_CPPFLAGS) $(CUPS_CFLAGS)
tests_fuzz_fuzz_ipp_answer_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_ipp_answer_LDADD = drivers/libdrivers.a $(CUPS_LIBS) $(USB_LIBS)
tests_fuzz_fuzz_pjl_answer_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_pjl_answer_LDADD = drivers/libdrivers.a
tests_fuzz_fuzz_pjl_session_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_pjl_session_LDADD = drivers/libdrivers.a $(CUPS_LIBS) $(USB_LIBS)
tests_fuzz_fuzz_postscript_answer_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_postscript_answer_LDADD = drivers/libdrivers.a
endif
EXTRA_DIST += tests/fuzz/seeds/ipp-answer tests/fuzz/seeds/pjl-answer tests/fuzz/seeds/pjl-session \
	tests/fuzz/seeds/postscript-answer tests/fuzz/seeds/snmp-answer

if FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz-device-answers
tests_fuzz_fuzz_device_answers_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_device_answers_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_device_answers_LDADD = $(LIBDAEMON)
endif
EXTRA_DIST += tests/fuzz/seeds/device-answers
