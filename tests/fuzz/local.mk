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
noinst_PROGRAMS += tests/fuzz/fuzz-device-answers
tests_fuzz_fuzz_device_answers_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_device_answers_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_device_answers_LDADD = $(LIBDAEMON)
endif
EXTRA_DIST += tests/fuzz/seeds/device-answers
