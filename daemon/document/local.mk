## SPDX-License-Identifier: GPL-2.0-or-later
## The client goes into the daemon; the helper is a program of its own and links nothing of the daemon's but error.c.
daemon_libdaemon_a_SOURCES += \
	daemon/document/answer.c daemon/document/answer.h \
	daemon/document/client.c daemon/document/client.h \
	daemon/document/handover.c daemon/document/handover.h \
	daemon/document/picture-answer.c daemon/document/picture-answer.h daemon/document/picture.h \
	daemon/document/problem.c daemon/document/problem.h \
	daemon/document/stamp-answer.c daemon/document/stamp-answer.h \
	daemon/document/stamp-plan.c daemon/document/stamp-plan.h

## Inspection of one document in memory: what the helper, the fuzzers and nobody else link.
DOCUMENT_INSPECT_SOURCES = \
	daemon/error.c daemon/error.h \
	daemon/document/digest.c daemon/document/digest.h \
	daemon/document/inspect.c daemon/document/inspect.h \
	daemon/document/layout.c daemon/document/layout.h \
	daemon/document/marks.c daemon/document/marks.h \
	daemon/document/memory.c daemon/document/memory.h \
	daemon/document/neutral.c daemon/document/neutral.h \
	daemon/document/picture.h \
	daemon/document/problem.c daemon/document/problem.h \
	daemon/document/reader.c daemon/document/reader.h \
	daemon/document/screen.c daemon/document/screen.h \
	daemon/document/structure.c daemon/document/structure.h \
	daemon/document/words.c daemon/document/words.h

## The stamp, which uses parts of the former.
DOCUMENT_STAMP_SOURCES = \
	daemon/document/neat.c daemon/document/neat.h \
	daemon/document/stamp-answer.h \
	daemon/document/stamp-code.c daemon/document/stamp-code.h \
	daemon/document/stamp-digits.c daemon/document/stamp-digits.h \
	daemon/document/stamp-file.c daemon/document/stamp-file.h \
	daemon/document/stamp-font.c daemon/document/stamp-font.h \
	daemon/document/stamp-inflate.c daemon/document/stamp-inflate.h \
	daemon/document/stamp-look.c daemon/document/stamp-look.h \
	daemon/document/stamp-pages.c daemon/document/stamp-pages.h \
	daemon/document/stamp-place.c daemon/document/stamp-place.h \
	daemon/document/stamp-plan.c daemon/document/stamp-plan.h \
	daemon/document/stamp-sample.c daemon/document/stamp-sample.h \
	daemon/document/stamp-sink.c daemon/document/stamp-sink.h \
	daemon/document/stamp-source.c daemon/document/stamp-source.h \
	daemon/document/stamp-syntax.c daemon/document/stamp-syntax.h \
	daemon/document/stamp-text.c daemon/document/stamp-text.h \
	daemon/document/stamp.c daemon/document/stamp.h
DOCUMENT_CPPFLAGS = $(AM_CPPFLAGS) $(QPDF_CFLAGS) $(POPPLER_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS) $(STAMP_CFLAGS)
DOCUMENT_LIBS = $(QPDF_LIBS) $(POPPLER_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS) $(STAMP_LIBS) -lm

pkglibexec_PROGRAMS += printroom-document
printroom_document_CPPFLAGS = $(DOCUMENT_CPPFLAGS) $(SECCOMP_CFLAGS)
printroom_document_SOURCES = $(DOCUMENT_INSPECT_SOURCES) $(DOCUMENT_STAMP_SOURCES) \
	daemon/document/handover.c daemon/document/handover.h \
	daemon/document/main.c \
	daemon/document/sandbox.c daemon/document/sandbox.h \
	daemon/document/sandbox-test.c daemon/document/sandbox-test.h \
	daemon/document/serve.c daemon/document/serve.h \
	daemon/document/worker.c daemon/document/worker.h
printroom_document_LDADD = $(DOCUMENT_LIBS) $(SECCOMP_LIBS)

dist_man_MANS += daemon/man/printroom-document.8
