/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The token in the QR code of a numbered copy: which page of which copy a sheet is, and a MAC that
 * nobody without the office's trace key can make.
 *
 * 180 bits, most significant first: site 16, job 32, copy 16, page 20, MAC 96; written as 36
 * characters of base32 (RFC 4648 §6, which QR codes hold in alphanumeric mode). The MAC is the
 * first 96 bits of keyed BLAKE2b (RFC 7693, 256 bits) over the domain "printroom trace token 1"
 * with its NUL and the 84 bits before it, filled up with zeroes to 11 bytes.
 */
#ifndef DAEMON_VAULT_TRACE_TOKEN_H
#define DAEMON_VAULT_TRACE_TOKEN_H

#include <stdint.h>

#include "daemon/vault/trace-key.h"

#define TRACE_PREFIX "PR1:"
enum {
    TRACE_TOKEN_CHARACTERS = 36,
    TRACE_TEXT_BYTES = 41, /**< "PR1:" and the token, with its NUL */
    TRACE_ADDRESS_BYTES = 96,
    TRACE_MAC_BYTES = 12,
    TRACE_PAGE_MAX = (1 << 20) - 1,
    TRACE_COPY_MAX = UINT16_MAX
};

/** What a sheet says of itself. */
struct trace_code {
    uint16_t site; /**< trace_key_site() of the office that printed it */
    uint32_t job;  /**< key of the job in the store */
    uint16_t copy; /**< 份号, from 1 */
    uint32_t page; /**< of the document, from 1; ≤ TRACE_PAGE_MAX */
};

/** A token as it was read, believed by nobody yet. */
struct trace_token {
    struct trace_code code;
    uint8_t mac[TRACE_MAC_BYTES];
};

/** Writes "PR1:TOKEN". A page beyond TRACE_PAGE_MAX is a mistake of the program. */
void trace_token_make(const struct trace_key *key, const struct trace_code *code,
                      char ret_text[TRACE_TEXT_BYTES]);

/**
 * Makes the text for an office with a web address: "HTTPS://HOST/T/TOKEN", in capitals, as QR codes
 * hold them best.
 *
 * @param text  of trace_token_make()
 * @param host  name, or name and port
 * @return PR_OK; PR_ELIMIT when it does not fit; PR_EINVAL for a host with characters beyond
 * letters, digits, '-', '.' and ':'
 */
int trace_token_address(const char text[TRACE_TEXT_BYTES], const char *host,
                        char ret_address[TRACE_ADDRESS_BYTES]);

/**
 * Reads a token in any form people and cameras give it: with "PR1:" or an address before it or
 * bare, in any case, with spaces and hyphens in it, 0, 1 and 8 for O, I and B.
 *
 * @return PR_OK; PR_EFORMAT when it is no token. That says nothing of whether it is genuine.
 */
int trace_token_parse(const char *text, struct trace_token *ret_token);

/** Compares the MAC, in constant time. PR_OK; PR_ECRYPTO: forged, altered, or made with another
 * office's key. */
int trace_token_check(const struct trace_key *key, const struct trace_token *token);

#endif
