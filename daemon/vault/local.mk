## SPDX-License-Identifier: GPL-2.0-or-later
daemon_libdaemon_a_SOURCES += \
	daemon/vault/age-header.c daemon/vault/age-header.h \
	daemon/vault/age-identity.c daemon/vault/age-identity.h \
	daemon/vault/age-reader.c \
	daemon/vault/age-stream.c daemon/vault/age-stream.h \
	daemon/vault/age-writer.c \
	daemon/vault/age.h \
	daemon/vault/bech32.c daemon/vault/bech32.h \
	daemon/vault/hkdf.c daemon/vault/hkdf.h \
	daemon/vault/keys.c daemon/vault/keys.h \
	daemon/vault/new-file.c daemon/vault/new-file.h \
	daemon/vault/plain-buffer.c daemon/vault/plain-buffer.h \
	daemon/vault/spool.c daemon/vault/spool.h \
	daemon/vault/trace-key.c daemon/vault/trace-key.h \
	daemon/vault/trace-token.c daemon/vault/trace-token.h
