## SPDX-License-Identifier: GPL-2.0-or-later
## Bench programs are built when asked for by name: make tests/bench/decide.
EXTRA_PROGRAMS = tests/bench/decide
tests_bench_decide_LDADD = policy/libpolicy.a
CLEANFILES += tests/bench/decide

EXTRA_PROGRAMS += tests/bench/vault
tests_bench_vault_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS)
tests_bench_vault_LDADD = $(LIBDAEMON)
CLEANFILES += tests/bench/vault

## Round trips to the document helper: give it nothing, or PDFs.
EXTRA_PROGRAMS += tests/bench/inspect
tests_bench_inspect_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS) \
	-DDOCUMENT_PROGRAM='"$(abs_top_builddir)/printroom-document"'
tests_bench_inspect_SOURCES = tests/bench/inspect.c tests/unit/pdf.c tests/unit/pdf.h \
	daemon/document/answer.c daemon/document/client.c daemon/document/handover.c \
	daemon/document/picture-answer.c daemon/document/stamp-answer.c daemon/document/stamp-plan.c \
	daemon/document/problem.c daemon/error.c daemon/log.c
tests_bench_inspect_LDADD = $(JANSSON_LIBS) $(SODIUM_LIBS)
CLEANFILES += tests/bench/inspect

## The monthly report of a large store, beside GROUP BY over its ledger.
EXTRA_PROGRAMS += tests/bench/report
tests_bench_report_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS)
tests_bench_report_LDADD = $(LIBDAEMON)
CLEANFILES += tests/bench/report
