## SPDX-License-Identifier: GPL-2.0-or-later
## printroom, the command line. libcli.a: everything but its main(), so that unit tests link the same objects.
noinst_LIBRARIES += daemon/libcli.a
daemon_libcli_a_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS) $(CUPS_CFLAGS)
daemon_libcli_a_SOURCES = \
	daemon/api/encoding.c daemon/api/encoding.h \
	daemon/error.c daemon/error.h \
	daemon/report/columns.c daemon/report/columns.h \
	daemon/cli/approvals.c \
	daemon/json-memory.c daemon/json-memory.h \
	daemon/cli/arguments.c \
	daemon/cli/cli.h \
	daemon/cli/client.c daemon/cli/client.h \
	daemon/cli/custody.c \
	daemon/cli/documents.c \
	daemon/cli/devices.c daemon/cli/devices.h \
	daemon/cli/devices-ask.c \
	daemon/cli/devices-queue.c \
	daemon/cli/devices-words.c \
	daemon/cli/finish.c \
	daemon/cli/jobs.c \
	daemon/cli/levels.c \
	daemon/cli/maintenance.c \
	daemon/cli/office.c daemon/cli/office.h \
	daemon/cli/people.c \
	daemon/cli/queue.c daemon/cli/queue.h \
	daemon/cli/report.c \
	daemon/cli/sign-in.c \
	daemon/cli/state.c \
	daemon/cli/submit.c \
	daemon/cli/table.c daemon/cli/table.h \
	daemon/cli/token.c daemon/cli/token.h \
	daemon/cli/values.c daemon/cli/values.h \
	daemon/cli/verbs.c daemon/cli/verbs.h \
	daemon/cli/verbs-devices.c \
	daemon/cli/verbs-paper.c
LIBCLI = daemon/libcli.a policy/libpolicy.a $(CURL_LIBS) $(JANSSON_LIBS) $(CUPS_LIBS)

bin_PROGRAMS += daemon/printroom
daemon_printroom_CPPFLAGS = $(daemon_libcli_a_CPPFLAGS)
daemon_printroom_SOURCES = daemon/cli/main.c
daemon_printroom_LDADD = $(LIBCLI)

dist_man_MANS += daemon/man/printroom.1
