## SPDX-License-Identifier: GPL-2.0-or-later
## printroom-scan: codes in pictures; the daemon runs it, a picture on its standard input.
daemon_libdaemon_a_SOURCES += daemon/scan/scan.c daemon/scan/scan.h

SCAN_SOURCES = \
	daemon/scan/codes.c daemon/scan/codes.h \
	daemon/scan/picture.c daemon/scan/picture.h
SCAN_CPPFLAGS = $(AM_CPPFLAGS) $(ZBAR_CFLAGS) $(PNG_CFLAGS) $(JPEG_CFLAGS)
SCAN_LIBS = $(ZBAR_LIBS) $(PNG_LIBS) $(JPEG_LIBS)

pkglibexec_PROGRAMS += printroom-scan
printroom_scan_CPPFLAGS = $(SCAN_CPPFLAGS) $(SECCOMP_CFLAGS)
printroom_scan_SOURCES = $(SCAN_SOURCES) \
	daemon/document/sandbox.c daemon/document/sandbox.h \
	daemon/error.c daemon/error.h \
	daemon/scan/main.c
printroom_scan_LDADD = $(SCAN_LIBS) $(SECCOMP_LIBS)
dist_man_MANS += daemon/man/printroom-scan.8
