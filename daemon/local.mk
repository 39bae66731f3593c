## SPDX-License-Identifier: GPL-2.0-or-later
## libdaemon.a: everything of printroomd but its main(), so that unit tests link the same objects.
noinst_LIBRARIES += daemon/libdaemon.a
daemon_libdaemon_a_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS) $(SQLITE_CFLAGS) $(JANSSON_CFLAGS) \
	$(MICROHTTPD_CFLAGS) $(CONFUSE_CFLAGS) $(CUPS_CFLAGS)
daemon_libdaemon_a_SOURCES = \
	daemon/error.c daemon/error.h \
	daemon/fault.c daemon/fault.h \
	daemon/json-memory.c daemon/json-memory.h \
	daemon/keyring.c daemon/keyring.h \
	daemon/log.c daemon/log.h \
	daemon/office.h \
	daemon/settings.c daemon/settings.h \
	daemon/settings-hours.c daemon/settings-hours.h \
	daemon/settings-devices.c daemon/settings-devices.h \
	daemon/settings-levels.c daemon/settings-levels.h \
	daemon/settings-rules.c daemon/settings-rules.h
## LIBDAEMON is what a program that uses libdaemon.a links.
LIBDAEMON = daemon/libdaemon.a policy/libpolicy.a $(MICROHTTPD_LIBS) $(SQLITE_LIBS) \
	$(JANSSON_LIBS) $(CONFUSE_LIBS) $(SODIUM_LIBS) $(CUPS_LIBS)

sbin_PROGRAMS += daemon/printroomd
daemon_printroomd_CPPFLAGS = $(daemon_libdaemon_a_CPPFLAGS)
daemon_printroomd_SOURCES = daemon/main.c
daemon_printroomd_LDADD = $(LIBDAEMON)

include daemon/vault/local.mk
include daemon/store/local.mk
include daemon/jobs/local.mk
include daemon/devices/local.mk
include daemon/document/local.mk
include daemon/cups/local.mk
include daemon/api/local.mk
include daemon/report/local.mk
include daemon/scan/local.mk
include daemon/cli/local.mk
