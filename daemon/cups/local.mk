## SPDX-License-Identifier: GPL-2.0-or-later

## device-queue: the daemon as a client of cupsd's device queues, and what a device itself says of a job
daemon_libdaemon_a_SOURCES += \
	daemon/cups/device-queue.c daemon/cups/device-queue.h \
	daemon/cups/device-queue-jobs.c daemon/cups/device-queue-private.h \
	daemon/cups/device-evidence.c daemon/cups/device-evidence.h \
	daemon/cups/child-answer.c daemon/cups/child-answer.h

## Who was refused at a device's queue, from cupsd's log
daemon_libdaemon_a_SOURCES += \
	daemon/cups/access-log.c daemon/cups/access-log.h \
	daemon/cups/log-follower.c daemon/cups/log-follower.h

## The backend is a program of its own: it shares nothing with the daemon but the protocol on its socket, and links
## little, since it starts for every job. It is called printroom as the CUPS scheme demands, and stands in a folder of its own beside the command of the same name.
BACKEND_PARTS = \
	daemon/cups/backend-documents.c daemon/cups/backend-documents.h \
	daemon/cups/backend-http.c daemon/cups/backend-http.h \
	daemon/cups/backend-link.c daemon/cups/backend-link.h \
	daemon/cups/backend-options.c daemon/cups/backend-options.h \
	daemon/cups/backend-report.c daemon/cups/backend-report.h \
	daemon/cups/backend-request.c daemon/cups/backend-request.h
backend_PROGRAMS += daemon/cups/backend/printroom
daemon_cups_backend_printroom_CPPFLAGS = $(AM_CPPFLAGS) $(CUPS_CFLAGS) $(JANSSON_CFLAGS)
daemon_cups_backend_printroom_SOURCES = daemon/cups/backend/main.c $(BACKEND_PARTS)
daemon_cups_backend_printroom_LDFLAGS = $(AM_LDFLAGS) $(BACKEND_LDFLAGS)
daemon_cups_backend_printroom_LDADD = $(JANSSON_LIBS)

pkglibexec_PROGRAMS += printroom-job-documents
printroom_job_documents_CPPFLAGS = $(AM_CPPFLAGS) $(CUPS_CFLAGS)
printroom_job_documents_SOURCES = daemon/cups/job-documents.c
printroom_job_documents_LDADD = $(CUPS_LIBS)

daemon_libdaemon_a_SOURCES += daemon/cups/ppd.c daemon/cups/ppd.h
