## SPDX-License-Identifier: GPL-2.0-or-later
daemon_libdaemon_a_SOURCES += \
	daemon/store/approvals.c daemon/store/approvals.h \
	daemon/store/audit.c daemon/store/audit.h \
	daemon/store/check.c \
	daemon/store/connection.c daemon/store/connection.h \
	daemon/store/counters.c daemon/store/counters.h \
	daemon/store/custody.c daemon/store/custody.h \
	daemon/store/custody-list.c \
	daemon/store/days.c daemon/store/days.h \
	daemon/store/devices.c daemon/store/devices.h \
	daemon/store/devices-register.c daemon/store/devices-register.h \
	daemon/store/documents.c daemon/store/documents.h \
	daemon/store/figures.c daemon/store/figures.h \
	daemon/store/history.c daemon/store/history.h \
	daemon/store/job-events.c \
	daemon/store/job-findings.c \
	daemon/store/job-rules.c daemon/store/job-rules.h \
	daemon/store/jobs.c daemon/store/jobs.h \
	daemon/store/ledger.c daemon/store/ledger.h \
	daemon/store/ledger-person.c \
	daemon/store/maintenance.c daemon/store/maintenance.h \
	daemon/store/migrate.c daemon/store/migrate.h \
	daemon/store/people.c daemon/store/people.h \
	daemon/store/people-change.c \
	daemon/store/purges.c daemon/store/purges.h \
	daemon/store/releases.c daemon/store/releases.h \
	daemon/store/roles.c \
	daemon/store/rows.c daemon/store/rows.h \
	daemon/store/secrets.c daemon/store/secrets.h \
	daemon/store/store.c daemon/store/store.h \
	daemon/store/supplies.c daemon/store/supplies.h \
	daemon/store/text.c daemon/store/text.h \
	daemon/store/violations.c daemon/store/violations.h

## The steps of the schema, in order. The program carries them as strings, comments and all, so that `.schema` in the
## sqlite3 shell reads as the files do.
SCHEMA_STEPS = \
	$(top_srcdir)/daemon/store/schema/001-initial.sql \
	$(top_srcdir)/daemon/store/schema/002-rules.sql \
	$(top_srcdir)/daemon/store/schema/003-people.sql \
	$(top_srcdir)/daemon/store/schema/004-report.sql \
	$(top_srcdir)/daemon/store/schema/005-approvals.sql \
	$(top_srcdir)/daemon/store/schema/006-custody.sql \
	$(top_srcdir)/daemon/store/schema/007-documents.sql \
	$(top_srcdir)/daemon/store/schema/008-release.sql \
	$(top_srcdir)/daemon/store/schema/009-devices.sql \
	$(top_srcdir)/daemon/store/schema/010-levels.sql \
	$(top_srcdir)/daemon/store/schema/011-release-again.sql
EXTRA_DIST += daemon/store/schema/001-initial.sql \
	daemon/store/schema/002-rules.sql \
	daemon/store/schema/003-people.sql \
	daemon/store/schema/004-report.sql \
	daemon/store/schema/005-approvals.sql \
	daemon/store/schema/006-custody.sql \
	daemon/store/schema/007-documents.sql \
	daemon/store/schema/008-release.sql \
	daemon/store/schema/009-devices.sql \
	daemon/store/schema/010-levels.sql \
	daemon/store/schema/011-release-again.sql

nodist_daemon_libdaemon_a_SOURCES = daemon/store/schema.c
BUILT_SOURCES += daemon/store/schema.c
CLEANFILES += daemon/store/schema.c

daemon/store/schema.c: $(SCHEMA_STEPS)
	$(AM_V_GEN)$(MKDIR_P) daemon/store && { \
	echo '/* SPDX-License-Identifier: GPL-2.0-or-later */'; \
	echo '/* Made by make from daemon/store/schema. */'; \
	echo '#include "daemon/store/migrate.h"'; \
	echo 'const char *const schema_steps[] = {'; \
	for step in $(SCHEMA_STEPS); do \
		$(SED) -e 's/[\\"]/\\&/g' -e 's/^/"/' -e 's/$$/\\n"/' "$$step" || exit 1; \
		echo ','; \
	done; \
	echo '};'; \
	echo 'const int schema_steps_length = sizeof schema_steps / sizeof schema_steps[0];'; \
	} > $@.tmp && mv -f $@.tmp $@
