/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The textual header of an age v1 file: a codec over memory that knows nothing of descriptors or of
 * the body, so that a header can be read, changed and written anew while the body stays as it is.
 * Inside of daemon/vault only.
 */
#ifndef DAEMON_VAULT_AGE_HEADER_H
#define DAEMON_VAULT_AGE_HEADER_H

#include <stdbool.h>

#include "daemon/vault/age-identity.h"

enum {
    AGE_HEADER_BYTES_MAX = 16384, /**< a longer header is refused when read */
    AGE_HEADER_MAC_BYTES = 32,
    AGE_HEADER_WRITTEN_BYTES = 1024, /**< room for a header of AGE_RECIPIENTS_MAX stanzas */
};

/** A piece of a header's text; points into the caller's bytes. */
struct age_span {
    const char *text;
    size_t size;
};

/** One stanza `-> TYPE ARGUMENT… BODY`. */
struct age_stanza {
    struct age_span type;
    struct age_span argument;            /**< the first after the type; empty when there is none */
    size_t arguments_length;             /**< how many follow the type */
    uint8_t body[AGE_WRAPPED_KEY_BYTES]; /**< the first bytes of the body */
    size_t body_size; /**< bytes of the whole body, may be more than `body` holds */
};

/** A header that keeps to the format. Points into the caller's bytes and is valid as long as they
 * are. */
struct age_header {
    struct age_span stanzas; /**< all stanzas, from the first arrow to the last line feed */
    struct age_span maced;   /**< what the MAC covers */
    uint8_t mac[AGE_HEADER_MAC_BYTES];
    size_t size; /**< of the whole header; the nonce follows */
};

/**
 * Reads a header at the start of some bytes and checks every part of its form.
 *
 * @param data,size  as much of the file as there is, at least AGE_HEADER_BYTES_MAX unless the file
 * is shorter
 * @return PR_OK; PR_EFORMAT when it is malformed, cut off, or longer than AGE_HEADER_BYTES_MAX
 */
int age_header_parse(const uint8_t *data, size_t size, struct age_header *ret_header);

/**
 * Goes through the stanzas of a parsed header.
 *
 * @param position  0 at first; moved behind the stanza
 * @return false at the end
 */
bool age_header_next(const struct age_header *header, size_t *position,
                     struct age_stanza *ret_stanza);

/**
 * Finds the file key: the first X25519 stanza one of the identities opens. All X25519 stanzas are
 * held to their form.
 *
 * @param ret_file_key  locked memory of the caller
 * @return PR_OK, with the MAC right; PR_ENOKEY when no stanza is for these identities; PR_ECRYPTO
 * when the MAC is wrong; PR_EFORMAT when an X25519 stanza is malformed or a passphrase stanza is
 * not alone
 */
int age_header_unlock(const struct age_header *header, const struct age_identity *const *identities,
                      size_t identities_length, uint8_t ret_file_key[AGE_FILE_KEY_BYTES]);

/** A header that is being written. Begin, add stanzas, end. */
struct age_header_text {
    char text[AGE_HEADER_WRITTEN_BYTES];
    size_t size;
};
void age_header_begin(struct age_header_text *header);
/** Adds an X25519 stanza; PR_EFORMAT as age_x25519_wrap(), PR_ELIMIT when there is no more room. */
int age_header_add(struct age_header_text *header, const struct age_recipient *recipient,
                   const uint8_t file_key[AGE_FILE_KEY_BYTES]);
/** Adds the MAC line; PR_ELIMIT when there is no more room. */
int age_header_end(struct age_header_text *header, const uint8_t file_key[AGE_FILE_KEY_BYTES]);

#endif
