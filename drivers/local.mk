## SPDX-License-Identifier: GPL-2.0-or-later
## printroom-device: asks one device one thing. libdrivers.a is everything but its main(), for the tests.
noinst_LIBRARIES += drivers/libdrivers.a
drivers_libdrivers_a_CPPFLAGS = $(AM_CPPFLAGS) $(CUPS_CFLAGS) $(JANSSON_CFLAGS) $(USB_CFLAGS) $(NETSNMP_CFLAGS)
drivers_libdrivers_a_SOURCES = \
	drivers/device.h drivers/driver.h drivers/transport.c drivers/transport-ipp.c \
	drivers/text.c drivers/text.h \
	drivers/stream.c drivers/stream.h drivers/stream-socket.c drivers/talk.c drivers/talk.h \
	drivers/transcript.c drivers/transcript.h \
	drivers/cups-queue.c drivers/cups-queue.h drivers/ipp.c drivers/ipp.h \
	drivers/ipp-exchange.c drivers/ipp-exchange.h drivers/ipp-read.c drivers/ipp-read.h drivers/ipp-supplies.c \
	drivers/pjl.c drivers/pjl.h drivers/pjl-answer.c drivers/pjl-answer.h \
	drivers/postscript.c drivers/postscript.h drivers/postscript-answer.c drivers/postscript-answer.h \
	drivers/listing.c drivers/listing.h drivers/residue.c drivers/residue.h \
	drivers/purge.c drivers/purge.h drivers/reach.c drivers/reach.h drivers/vendors.c drivers/vendors.h \
	drivers/output.c drivers/output.h drivers/verbs.c drivers/verbs.h drivers/verbs-purge.c \
	drivers/transport-usb.c drivers/transport-usb.h drivers/usb-device-id.c drivers/usb-device-id.h \
	drivers/usb-find.c drivers/usb-find.h drivers/usb-ippusb.c drivers/usb-ippusb.h \
	drivers/usb-link.c drivers/usb-link.h drivers/usb-name.c drivers/usb-name.h \
	drivers/queue-pause.c drivers/queue-pause.h drivers/usb-quirks.c drivers/usb-quirks.h drivers/usb-status.c drivers/usb-verbs.c drivers/usb-verbs.h \
	drivers/snmp.c drivers/snmp.h drivers/snmp-answer.c drivers/snmp-answer.h drivers/supply.c drivers/supply.h \
	drivers/sandbox.c drivers/sandbox.h

pkglibexec_PROGRAMS += drivers/printroom-device
drivers_printroom_device_SOURCES = drivers/main.c
drivers_printroom_device_CPPFLAGS = $(AM_CPPFLAGS) $(CUPS_CFLAGS) $(JANSSON_CFLAGS)
drivers_printroom_device_LDADD = drivers/libdrivers.a $(CUPS_LIBS) $(USB_LIBS) $(NETSNMP_LIBS) $(JANSSON_LIBS)

dist_man_MANS += drivers/printroom-device.8
EXTRA_DIST += drivers/README.md
