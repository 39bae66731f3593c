## SPDX-License-Identifier: GPL-2.0-or-later
## Printers on USB: names and data without one, the rest against a simulated one under umockdev.
check_PROGRAMS += tests/unit/test-usb-data
tests_unit_test_usb_data_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_usb_data_LDADD = drivers/libdrivers.a $(CUPS_LIBS) $(USB_LIBS) $(CMOCKA_LIBS)

if HAVE_UMOCKDEV
check_PROGRAMS += tests/unit/test-usb-stream
noinst_PROGRAMS += tests/simulators/usb-printer
tests_simulators_usb_printer_SOURCES = tests/simulators/usb-printer.c \
	tests/simulators/pjl-printer.c tests/simulators/pjl-printer.h
tests_simulators_usb_printer_CPPFLAGS = $(AM_CPPFLAGS) $(UMOCKDEV_CFLAGS)
tests_simulators_usb_printer_LDADD = $(UMOCKDEV_LIBS)

tests_unit_test_usb_stream_CPPFLAGS = $(UNIT_CPPFLAGS) $(USB_CFLAGS) \
	-DTEST_USB_PRINTER='"$(abs_top_builddir)/tests/simulators/usb-printer"' \
	-DTEST_SELF='"$(abs_top_builddir)/tests/unit/test-usb-stream"'
tests_unit_test_usb_stream_LDADD = drivers/libdrivers.a $(CUPS_LIBS) $(USB_LIBS) $(CMOCKA_LIBS)
tests_unit_test_usb_stream_DEPENDENCIES = drivers/libdrivers.a tests/simulators/usb-printer
endif

check_PROGRAMS += tests/unit/test-queue-pause
tests_unit_test_queue_pause_SOURCES = tests/unit/test-queue-pause.c \
	tests/unit/private-cupsd.c tests/unit/private-cupsd.h
tests_unit_test_queue_pause_CPPFLAGS = $(UNIT_CPPFLAGS) $(CUPS_CFLAGS)
tests_unit_test_queue_pause_LDADD = drivers/libdrivers.a $(CUPS_LIBS) $(CMOCKA_LIBS)
