## SPDX-License-Identifier: GPL-2.0-or-later
## The life of a job: intake, decision, dispatch, delivery, settlement.
daemon_libdaemon_a_SOURCES += \
	daemon/jobs/approvals.c daemon/jobs/approvals.h \
	daemon/jobs/bypass.c daemon/jobs/bypass.h \
	daemon/jobs/control.c daemon/jobs/control.h \
	daemon/jobs/copies.c daemon/jobs/copies.h \
	daemon/jobs/counts.c daemon/jobs/counts.h \
	daemon/jobs/decision.c daemon/jobs/decision.h \
	daemon/jobs/deliver.c daemon/jobs/deliver.h daemon/jobs/deliver-steps.h \
	daemon/jobs/deliver-follow.c \
	daemon/jobs/deliver-queue.c \
	daemon/jobs/deliver-settle.c \
	daemon/jobs/deliver-stamp.c \
	daemon/jobs/deliver-watch.c \
	daemon/jobs/dispatch.c daemon/jobs/dispatch.h \
	daemon/jobs/event-words.c daemon/jobs/event-words.h \
	daemon/jobs/intake.c daemon/jobs/intake.h \
	daemon/jobs/notify.c daemon/jobs/notify.h \
	daemon/jobs/pages.c daemon/jobs/pages.h \
	daemon/jobs/month.c daemon/jobs/month.h \
	daemon/jobs/numbering.c daemon/jobs/numbering.h \
	daemon/jobs/plaintext.c daemon/jobs/plaintext.h \
	daemon/jobs/quota-words.c daemon/jobs/quota-words.h \
	daemon/jobs/reconsider.c daemon/jobs/reconsider.h \
	daemon/jobs/recover.c daemon/jobs/recover.h \
	daemon/jobs/expire.c daemon/jobs/expire.h \
	daemon/jobs/release.c daemon/jobs/release.h \
	daemon/jobs/rule-facts.c \
	daemon/jobs/states.c daemon/jobs/states.h \
	daemon/jobs/titles.c daemon/jobs/titles.h \
	daemon/jobs/verdict.c daemon/jobs/verdict.h \
	daemon/jobs/words.c daemon/jobs/words.h
