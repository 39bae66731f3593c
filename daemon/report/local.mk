## SPDX-License-Identifier: GPL-2.0-or-later
## The monthly report. Figures, JSON and CSV belong to the daemon.
daemon_libdaemon_a_SOURCES += \
	daemon/report/columns.c daemon/report/columns.h \
	daemon/report/csv.c \
	daemon/report/document.c daemon/report/document.h \
	daemon/report/render.c daemon/report/render.h

## printroom-report: spreadsheets and PDF; the daemon runs it, a document on its standard input.
pkglibexec_PROGRAMS += printroom-report
printroom_report_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(XLSXWRITER_CFLAGS) $(PANGOCAIRO_CFLAGS) $(SECCOMP_CFLAGS)
printroom_report_SOURCES = \
	daemon/document/sandbox.c daemon/document/sandbox.h \
	daemon/error.c daemon/error.h \
	daemon/report/columns.c daemon/report/columns.h \
	daemon/report/files.h \
	daemon/report/main.c \
	daemon/report/page.c daemon/report/page.h \
	daemon/report/pdf.c \
	daemon/report/xlsx.c
printroom_report_LDADD = policy/libpolicy.a $(JANSSON_LIBS) $(XLSXWRITER_LIBS) $(PANGOCAIRO_LIBS) $(SECCOMP_LIBS)
dist_man_MANS += daemon/man/printroom-report.8
