## SPDX-License-Identifier: GPL-2.0-or-later
## Scripts: nothing to build, run by tests/run.
EXTRA_DIST += .ci/run tests/run daemon/quickstart \
	daemon/cups/instance.sh daemon/cups/private-cupsd.sh \
	tests/bench/devices tests/bench/intake tests/bench/stamp \
	tests/simulators/brisk.c tests/simulators/discard-backend.c tests/simulators/fake-daemon.py tests/simulators/ipv4-only.c \
	tests/simulators/office-printer tests/simulators/office-printer-job tests/simulators/office-printer.conf \
	tests/simulators/fake-device tests/simulators/simulators.sh tests/simulators/socket-printer \
	tests/integration/get-job-attributes.test tests/integration/books.py tests/integration/harness.py tests/integration/ipp_client.py \
	tests/integration/test_approvals.py \
	tests/integration/test_backend.py \
	tests/integration/test_bypass.py \
	tests/integration/test_cancel.py \
	tests/integration/test_classified.py \
	tests/integration/test_cli.py \
	tests/corpora tests/integration/test_corpora.py \
	tests/integration/test_crash.py \
	tests/integration/test_custody.py \
	tests/integration/test_delivery.py \
	tests/integration/test_devices.py \
	tests/integration/test_devices_real.py \
	tests/integration/test_formats.py \
	tests/integration/test_identity.py \
	tests/integration/test_levels.py \
	tests/integration/test_load.py \
	tests/integration/test_openapi.py \
	tests/integration/test_people.py \
	tests/integration/test_plaintext.py \
	tests/integration/test_print.py \
	tests/integration/socket_printer.py tests/integration/stored_jobs.py tests/integration/test_printroom_device.py \
	tests/integration/private_cupsd.py tests/integration/snmp_agents.py tests/integration/test_device_snmp.py \
	tests/integration/test_queues.py \
	tests/integration/test_quota.py \
	tests/integration/test_refusals.py \
	tests/integration/test_release.py \
	tests/integration/test_report.py \
	tests/integration/test_rules.py \
	tests/integration/stamping.py tests/integration/test_stamp.py \
	tests/integration/test_usb.py
