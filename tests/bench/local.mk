## SPDX-License-Identifier: GPL-2.0-or-later
## Bench programs are built when asked for by name: make tests/bench/decide.
EXTRA_PROGRAMS = tests/bench/decide
tests_bench_decide_LDADD = policy/libpolicy.a
CLEANFILES += tests/bench/decide

EXTRA_PROGRAMS += tests/bench/vault
tests_bench_vault_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS)
tests_bench_vault_LDADD = $(LIBDAEMON)
CLEANFILES += tests/bench/vault
