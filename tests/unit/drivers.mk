## SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += tests/unit/test-device-queue
tests_unit_test_device_queue_SOURCES = tests/unit/test-device-queue.c \
	tests/unit/private-cupsd.c tests/unit/private-cupsd.h
tests_unit_test_device_queue_CPPFLAGS = $(UNIT_CPPFLAGS) $(CUPS_CFLAGS)
tests_unit_test_device_queue_LDADD = $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-device-evidence
tests_unit_test_device_evidence_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_device_evidence_LDADD = $(LIBDAEMON) drivers/libdrivers.a $(CUPS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-printroom-device
tests_unit_test_printroom_device_SOURCES = tests/unit/test-printroom-device.c \
	tests/unit/private-device.c tests/unit/private-device.h \
	tests/unit/private-cupsd.c tests/unit/private-cupsd.h
tests_unit_test_printroom_device_CPPFLAGS = $(UNIT_CPPFLAGS) $(CUPS_CFLAGS) \
	-DTEST_DEVICE_PROGRAM='"$(abs_top_builddir)/drivers/printroom-device"'
tests_unit_test_printroom_device_LDADD = $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-driver-answers tests/unit/test-driver-snmp tests/unit/test-device-purge
tests_unit_test_driver_snmp_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_driver_snmp_LDADD = drivers/libdrivers.a $(CMOCKA_LIBS)
tests_unit_test_driver_answers_CPPFLAGS = $(UNIT_CPPFLAGS) $(CUPS_CFLAGS)
tests_unit_test_driver_answers_LDADD = drivers/libdrivers.a $(CUPS_LIBS) $(USB_LIBS) $(CMOCKA_LIBS)
tests_unit_test_device_purge_SOURCES = tests/unit/test-device-purge.c \
	tests/unit/fake-driver.c tests/unit/fake-driver.h
tests_unit_test_device_purge_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_device_purge_LDADD = drivers/libdrivers.a $(CUPS_LIBS) $(USB_LIBS) $(CMOCKA_LIBS)
