## SPDX-License-Identifier: GPL-2.0-or-later
## libpolicy.a: pure functions; includes nothing of ours and links nothing.
noinst_LIBRARIES += policy/libpolicy.a
policy_libpolicy_a_SOURCES = \
	policy/decide.h policy/level.h policy/quota.h policy/sheets.h policy/words.h
