## SPDX-License-Identifier: GPL-2.0-or-later
## The monthly report. Figures, JSON and CSV belong to the daemon.
daemon_libdaemon_a_SOURCES += \
	daemon/report/columns.c daemon/report/columns.h \
	daemon/report/csv.c \
	daemon/report/document.c daemon/report/document.h \
	daemon/report/render.c daemon/report/render.h
