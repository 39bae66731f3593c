## SPDX-License-Identifier: GPL-2.0-or-later
## The daemon's API and the command line.
API_TEST_CPPFLAGS = $(UNIT_CPPFLAGS) $(MICROHTTPD_CFLAGS)
API_TEST_LDADD = $(UNIT_SUPPORT) $(LIBDAEMON) $(CMOCKA_LIBS)
API_SUPPORT = tests/unit/api-support.c tests/unit/api-support.h
API_ECHO = tests/unit/api-echo.c tests/unit/api-echo.h $(API_SUPPORT)

check_PROGRAMS += tests/unit/test-api-parts
tests_unit_test_api_parts_CPPFLAGS = $(API_TEST_CPPFLAGS)
tests_unit_test_api_parts_SOURCES = tests/unit/test-api-parts.c
tests_unit_test_api_parts_LDADD = $(API_TEST_LDADD)

check_PROGRAMS += tests/unit/test-api-server
tests_unit_test_api_server_CPPFLAGS = $(API_TEST_CPPFLAGS)
tests_unit_test_api_server_SOURCES = tests/unit/test-api-server.c
tests_unit_test_api_server_LDADD = $(API_TEST_LDADD)

check_PROGRAMS += tests/unit/test-clients-api-server
tests_unit_test_clients_api_server_CPPFLAGS = $(API_TEST_CPPFLAGS)
tests_unit_test_clients_api_server_SOURCES = tests/unit/test-clients-api-server.c
tests_unit_test_clients_api_server_LDADD = $(API_TEST_LDADD)

check_PROGRAMS += tests/unit/test-api-http
tests_unit_test_api_http_CPPFLAGS = $(API_TEST_CPPFLAGS)
tests_unit_test_api_http_SOURCES = tests/unit/test-api-http.c
tests_unit_test_api_http_LDADD = $(API_TEST_LDADD)

check_PROGRAMS += tests/unit/test-clock
tests_unit_test_clock_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_clock_SOURCES = tests/unit/test-clock.c
tests_unit_test_clock_LDADD = $(LIBDAEMON) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-cli
tests_unit_test_cli_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_cli_SOURCES = tests/unit/test-cli.c
tests_unit_test_cli_LDADD = $(LIBCLI) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-client
tests_unit_test_client_CPPFLAGS = $(API_TEST_CPPFLAGS)
tests_unit_test_client_SOURCES = tests/unit/test-client.c
tests_unit_test_client_LDADD = $(LIBCLI) $(API_TEST_LDADD)
