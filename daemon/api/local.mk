## SPDX-License-Identifier: GPL-2.0-or-later
## The HTTP API on the Unix socket.
daemon_libdaemon_a_SOURCES += \
	daemon/clock.c daemon/clock.h \
	daemon/api/accept.c daemon/api/accept.h \
	daemon/api/copies.c \
	daemon/api/approvals.c \
	daemon/api/csv.c daemon/api/csv.h \
	daemon/api/custody.c \
	daemon/api/release.c \
	daemon/api/custody-document.c daemon/api/custody-document.h \
	daemon/api/departments.c \
	daemon/api/deputies.c \
	daemon/api/documents.c \
	daemon/api/devices.c daemon/api/devices.h \
	daemon/api/devices-ask.c \
	daemon/api/devices-purge.c \
	daemon/api/devices-registers.c \
	daemon/api/doctor-devices.c \
	daemon/api/doctor-cups.c \
	daemon/api/doctor-machine.c \
	daemon/api/doctor-store.c \
	daemon/api/doctor.c daemon/api/doctor.h \
	daemon/api/encoding.c daemon/api/encoding.h \
	daemon/api/exchange.c daemon/api/exchange.h \
	daemon/api/explain.c \
	daemon/api/fields.c daemon/api/fields.h \
	daemon/api/handlers.h \
	daemon/api/intake.c \
	daemon/api/job-document.c daemon/api/job-document.h \
	daemon/api/jobs.c \
	daemon/api/levels.c \
	daemon/api/match.c daemon/api/match.h \
	daemon/api/metrics.c \
	daemon/api/pages.c \
	daemon/api/peer.c daemon/api/peer.h \
	daemon/api/people.c \
	daemon/api/people-change.c \
	daemon/api/people-import.c \
	daemon/api/problem.c daemon/api/problem.h \
	daemon/api/quota.c \
	daemon/api/reply.c \
	daemon/api/reports.c \
	daemon/api/resource.c daemon/api/resource.h \
	daemon/api/route.h daemon/api/routes.c \
	daemon/api/server.c daemon/api/server.h \
	daemon/api/sign-in.c \
	daemon/api/socket.c daemon/api/socket.h \
	daemon/api/status.c \
	daemon/api/trace.c \
	daemon/api/violations.c

apidatadir = $(pkgdatadir)
dist_apidata_DATA = daemon/api/openapi.yaml

dist_man_MANS += daemon/man/printroomd.8 daemon/man/printroom.conf.5
EXTRA_DIST += tests/integration/test_cli.py tests/integration/test_openapi.py
