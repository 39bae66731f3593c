## SPDX-License-Identifier: GPL-2.0-or-later
## Devices: what they answer, what is kept of them, their counters against the books.
check_PROGRAMS += tests/unit/test-device-answers tests/unit/test-device-registers tests/unit/test-device-turns \
	tests/unit/test-reconcile
tests_unit_test_device_answers_CPPFLAGS = $(UNIT_CPPFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_device_answers_LDADD = $(LIBDAEMON) $(CMOCKA_LIBS)
tests_unit_test_device_registers_SOURCES = tests/unit/test-device-registers.c
tests_unit_test_device_registers_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_device_registers_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)
tests_unit_test_device_turns_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_device_turns_LDADD = $(LIBDAEMON) $(CMOCKA_LIBS)
tests_unit_test_reconcile_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_reconcile_LDADD = policy/libpolicy.a $(CMOCKA_LIBS)
