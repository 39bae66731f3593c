## SPDX-License-Identifier: GPL-2.0-or-later
## libpolicy.a: pure functions; includes nothing of ours and links nothing.
noinst_LIBRARIES += policy/libpolicy.a
policy_libpolicy_a_SOURCES = \
	policy/decide.c policy/decide.h \
	policy/level.c policy/level.h \
	policy/order.c policy/order.h \
	policy/quota.c policy/quota.h \
	policy/reconcile.c policy/reconcile.h \
	policy/sentences.c policy/sentences.h \
	policy/sheets.c policy/sheets.h \
	policy/template.c policy/template.h \
	policy/words.c policy/words.h

pkgsysconf_DATA += policy/printroom.conf
EXTRA_DIST += policy/README.md policy/printroom.conf
