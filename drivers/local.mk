## SPDX-License-Identifier: GPL-2.0-or-later
## printroom-device: asks one device one thing. libdrivers.a is everything but its main(), for the tests.
noinst_LIBRARIES += drivers/libdrivers.a
drivers_libdrivers_a_CPPFLAGS = $(AM_CPPFLAGS) $(CUPS_CFLAGS) $(JANSSON_CFLAGS) $(USB_CFLAGS)
drivers_libdrivers_a_SOURCES = \
	drivers/device.h drivers/stream.h drivers/transport.c drivers/transport-ipp.c \
	drivers/text.c drivers/text.h \
	drivers/transport-usb.c drivers/transport-usb.h drivers/usb-device-id.c drivers/usb-device-id.h \
	drivers/usb-find.c drivers/usb-find.h drivers/usb-ippusb.c drivers/usb-ippusb.h \
	drivers/usb-link.c drivers/usb-link.h drivers/usb-name.c drivers/usb-name.h \
	drivers/queue-pause.c drivers/queue-pause.h drivers/usb-quirks.c drivers/usb-quirks.h drivers/usb-status.c drivers/usb-verbs.c drivers/usb-verbs.h \
	drivers/sandbox.c drivers/sandbox.h

pkglibexec_PROGRAMS += drivers/printroom-device
drivers_printroom_device_SOURCES = drivers/main.c
drivers_printroom_device_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
drivers_printroom_device_LDADD = drivers/libdrivers.a $(CUPS_LIBS) $(USB_LIBS) $(JANSSON_LIBS)

dist_man_MANS += drivers/printroom-device.8
EXTRA_DIST += drivers/README.md
