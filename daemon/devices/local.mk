## SPDX-License-Identifier: GPL-2.0-or-later
## The devices themselves: asked, counted, emptied. (Delivery is in daemon/jobs.)
daemon_libdaemon_a_SOURCES += \
	daemon/devices/answers.c daemon/devices/answers.h \
	daemon/devices/ask.c daemon/devices/ask.h \
	daemon/devices/purge.c daemon/devices/purge.h \
	daemon/devices/reconcile.c daemon/devices/reconcile.h \
	daemon/devices/rounds.c daemon/devices/rounds.h \
	daemon/devices/turns.c daemon/devices/turns.h
