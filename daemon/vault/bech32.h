/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Bech32 (BIP 173) as age uses it for recipients and identities: no limit of 90 characters, data of
 * whole bytes.
 *
 * The human-readable part says the case of the whole text: "age" stands for lower case,
 * "AGE-SECRET-KEY-" for upper.
 */
#ifndef DAEMON_VAULT_BECH32_H
#define DAEMON_VAULT_BECH32_H

#include <stddef.h>
#include <stdint.h>

/** Characters of a text with its NUL, for a human-readable part of `hrp_length` and `size` bytes of
 * data. */
#define BECH32_TEXT_BYTES(hrp_length, size) ((hrp_length) + 1 + ((size)*8 + 4) / 5 + 6 + 1)

/**
 * Writes the text form of some bytes.
 *
 * @param hrp        1 … 83 printable characters, all letters of one case
 * @param text_size  room in ret_text, at least BECH32_TEXT_BYTES(strlen(hrp), size)
 * @return PR_OK; PR_EINVAL when the human-readable part cannot be encoded or the room is too small
 */
int bech32_encode(const char *hrp, const uint8_t *data, size_t size, char *ret_text,
                  size_t text_size);

/**
 * Reads a text that must have this human-readable part (case included) and exactly `size` bytes of
 * data.
 *
 * @param size  0 … 255
 * @return PR_OK; PR_EFORMAT for anything else: other part, mixed case, unknown characters, wrong
 * checksum, wrong length, padding bits that are not zero. ret_data is untouched then.
 */
int bech32_decode(const char *text, const char *hrp, uint8_t *ret_data, size_t size);

#endif
