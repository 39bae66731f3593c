## SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += tests/unit/test-device-queue
tests_unit_test_device_queue_SOURCES = tests/unit/test-device-queue.c \
	tests/unit/private-cupsd.c tests/unit/private-cupsd.h
tests_unit_test_device_queue_CPPFLAGS = $(UNIT_CPPFLAGS) $(CUPS_CFLAGS)
tests_unit_test_device_queue_LDADD = $(LIBDAEMON) $(CMOCKA_LIBS)
