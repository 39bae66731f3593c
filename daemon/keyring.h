/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The day keys the daemon has open, in locked memory. Ties the key files of the vault to the days
 * the store remembers: a day the store knows must have the very key it was begun with (PR_ENOKEY
 * otherwise, and nothing is accepted or printed with another); a day nobody has begun gets a fresh
 * key.
 */
#ifndef DAEMON_KEYRING_H
#define DAEMON_KEYRING_H

#include "daemon/store/store.h"
#include "daemon/vault/age.h"
#include "daemon/vault/keys.h"
#include "daemon/vault/trace-key.h"

struct keyring;

/**
 * @param key_directory  folder of the key files; made (0700) when missing
 * @param store          borrowed
 */
int keyring_open(const char *key_directory, struct store *store, struct keyring **ret_keyring);
/** Wipes all keys. No identity it gave may be in use any more. NULL is allowed. */
void keyring_close(struct keyring *keyring);

/**
 * The recipient documents of today are encrypted to; begins the day when it is the first call of
 * the day.
 *
 * @param ret_day  today, local time
 * @return PR_OK; PR_ENOKEY when the day was begun and its key is gone; PR_ENOSPC, PR_EIO, PR_EDB
 */
int keyring_today(struct keyring *keyring, char ret_day[DAY_BYTES],
                  struct age_recipient *ret_recipient);

/** The key of a day, valid until keyring_close(). PR_ENOKEY when it is gone or the day was never
 * begun. */
int keyring_identity(struct keyring *keyring, const char *day,
                     const struct age_identity **ret_identity);

/** The key of the codes on numbered copies, valid until keyring_close(); made at the first start.
 * NULL: it is gone or cannot be read (the log said why), and nothing may be stamped or traced. */
const struct trace_key *keyring_trace_key(const struct keyring *keyring);

#endif
