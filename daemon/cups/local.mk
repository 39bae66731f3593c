## SPDX-License-Identifier: GPL-2.0-or-later

## device-queue: the daemon as a client of cupsd's device queues, and what a device itself says of a job
daemon_libdaemon_a_SOURCES += \
	daemon/cups/device-queue.c daemon/cups/device-queue.h \
	daemon/cups/device-queue-jobs.c daemon/cups/device-queue-private.h
