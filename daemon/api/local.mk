## SPDX-License-Identifier: GPL-2.0-or-later
## The HTTP API on the Unix socket.
daemon_libdaemon_a_SOURCES += \
	daemon/clock.c daemon/clock.h \
	daemon/api/exchange.c daemon/api/exchange.h \
	daemon/api/fields.c daemon/api/fields.h \
	daemon/api/handlers.h \
	daemon/api/match.c daemon/api/match.h \
	daemon/api/peer.c daemon/api/peer.h \
	daemon/api/problem.c daemon/api/problem.h \
	daemon/api/reply.c \
	daemon/api/route.h \
	daemon/api/server.c daemon/api/server.h \
	daemon/api/socket.c daemon/api/socket.h \
	daemon/api/encoding.c daemon/api/encoding.h
