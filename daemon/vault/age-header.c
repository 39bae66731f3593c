/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * age v1 files: the format, and what it holds against
 * ===================================================
 *
 * Problem. A document must not reach a disk in the clear, must be readable by exactly those who
 * hold a key, must become unreadable when the day's key is destroyed, and what goes to the archive
 * must still open in thirty years, without this program. The answer is the age v1 format (C2SP
 * age.md, age-encryption.org/v1): small, written down, with test vectors, and readable by Debian's
 * `age`.
 *
 *     age-encryption.org/v1
 *     -> X25519 BASE64(ephemeral share)          one stanza a recipient, each wraps the same file
 * key BASE64(wrapped file key)
 *     --- BASE64(HMAC over all of it up to "---")
 *     16 bytes of nonce, then the body in chunks of 64 KiB plaintext (age-stream.c)
 *
 * Files of this folder: bech32.c text of keys, hkdf.c key derivation, age-identity.c wrapping for
 * one recipient, this file the header, age-stream.c one chunk, age-writer.c and age-reader.c a
 * whole file.
 *
 * Threat model
 * ------------
 * Assumed hostile: every byte of a file that is read (whoever can write to the spool, the archive
 * or its copy on a share), and everybody who gets at the medium at any time, before or after the
 * key is gone.
 *
 *  - Reading without a key: needs to break X25519 or ChaCha20-Poly1305. There is no protection
 * against a quantum computer of the future; recipients of that kind are left out because neither
 * libsodium 1.0.18 nor Debian's age has them.
 *  - Changing a file: the MAC covers the header under a key derived from the file key, each chunk
 * is authenticated under its number and whether it is the last. A change, a swap, a cut and an
 * addition are all found. Plaintext is given out in authenticated chunks only; but a cut at a
 * chunk's border is found at the end, after earlier chunks were given out. Who acts on a document
 * (prints it) must have read it to its end or be able to stop.
 *  - Replacing a whole file: anyone can encrypt to a public key, so a file that opens is not
 * thereby genuine. age does not sign. The store remembers the SHA-256 of each document; whoever
 * reads one compares.
 *  - Exhausting the reader: the header is limited to 16 KiB, which bounds the stanzas (about 160)
 * and so the X25519 operations; the body takes constant memory.
 *  - Second readings of one file: the parser accepts one spelling only (canonical base64 without
 * padding, one space between arguments, line feeds, lines of 64), so two programs cannot see two
 * different headers.
 *  - Points of low order as share or recipient would make the wrap key public: refused.
 *  - Bodies of stanzas of another length than 32 bytes are refused before decryption (partitioning
 * oracles).
 *  - Memory: identities and file keys lie in guarded, locked memory and are wiped. Locking is an
 * attempt: where RLIMIT_MEMLOCK refuses it the work goes on, so swap has to be off or encrypted.
 * Derived keys in passing on the stack are wiped. Whoever can read this process's memory while a
 * day's key is loaded has the day.
 *  - Number and size of documents, and the number of their recipients, are visible in the spool.
 * They are not hidden.
 *
 * Chosen way: a codec over one buffer. The reader has the first 16 KiB of the file in memory and
 * the header is checked completely, stanza by stanza, before a single key is tried; a stanza is
 * parsed twice rather than kept in a list, so nothing is allocated on behalf of a hostile file.
 * Stanzas of unknown type are checked for form and passed over ("grease").
 *
 * Left out: ASCII armor, passphrases, plugins, other recipient types. (A file to a passphrase is
 * PR_ENOKEY here.)
 */
#include "daemon/vault/age-header.h"

#include <sodium.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/vault/hkdf.h"

enum { COLUMNS = 64, COLUMNS_BYTES = COLUMNS / 4 * 3, MAC_LINE_PREFIX = 4 };

static const char version_line[] = "age-encryption.org/v1\n";
static const char stanza_mark[] = "-> ";
static const char mac_mark[] = "---";

struct cursor {
    const char *text;
    size_t size;
};

/* Takes a line and its line feed off the cursor. A last line without line feed is no line. */
static bool take_line(struct cursor *cursor, struct age_span *ret_line)
{
    const char *end = cursor->size != 0 ? memchr(cursor->text, '\n', cursor->size) : NULL;

    if (end == NULL) {
        return false;
    }
    ret_line->text = cursor->text;
    ret_line->size = (size_t)(end - cursor->text);
    cursor->text = end + 1;
    cursor->size -= ret_line->size + 1;
    return true;
}

static bool span_begins(struct age_span span, const char *with)
{
    size_t length = strlen(with);

    return span.size >= length && memcmp(span.text, with, length) == 0;
}

static bool span_equals(struct age_span span, const char *text)
{
    return span.size == strlen(text) && span_begins(span, text);
}

/*
 * Canonical base64 without padding of any length up to a line's. libsodium refuses padding and
 * stray bits at the end, but its decoder (seen in 1.0.18) takes bytes above 127 for symbols of the
 * alphabet, which would be a second spelling.
 */
static bool decode_base64(struct age_span span, uint8_t *ret_data, size_t capacity,
                          size_t *ret_size)
{
    for (size_t i = 0; i < span.size; i++) {
        if ((uint8_t)span.text[i] > 127) {
            return false;
        }
    }
    return sodium_base642bin(ret_data, capacity, span.text, span.size, NULL, ret_size, NULL,
                             sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0;
}

static bool decode_base64_exactly(struct age_span span, uint8_t *ret_data, size_t size)
{
    size_t decoded;

    return decode_base64(span, ret_data, size, &decoded) && decoded == size;
}

/* Reads "-> TYPE ARGUMENT…": printable characters in arguments, one space between them. */
static bool parse_arguments(struct age_span line, struct age_stanza *stanza)
{
    size_t start = sizeof stanza_mark - 1;
    size_t fields = 0;

    if (!span_begins(line, stanza_mark)) {
        return false;
    }
    for (size_t i = start; i <= line.size; i++) {
        if (i < line.size && line.text[i] != ' ') {
            if (line.text[i] < 33 || line.text[i] > 126) {
                return false;
            }
            continue;
        }
        if (i == start) {
            return false;
        }
        struct age_span field = {.text = line.text + start, .size = i - start};
        if (fields == 0) {
            stanza->type = field;
        } else if (fields == 1) {
            stanza->argument = field;
        }
        fields++;
        start = i + 1;
    }
    stanza->arguments_length = fields - 1;
    return true;
}

/* Reads body lines up to the first that is shorter than a full one; it must be there, be it empty.
 */
static bool parse_body(struct cursor *cursor, struct age_stanza *stanza)
{
    struct age_span line;
    uint8_t bytes[COLUMNS_BYTES];
    size_t decoded;

    do {
        if (!take_line(cursor, &line) || line.size > COLUMNS ||
            !decode_base64(line, bytes, sizeof bytes, &decoded)) {
            return false;
        }
        if (stanza->body_size < sizeof stanza->body) {
            size_t room = sizeof stanza->body - stanza->body_size;
            memcpy(stanza->body + stanza->body_size, bytes, decoded < room ? decoded : room);
        }
        stanza->body_size += decoded;
    } while (line.size == COLUMNS);
    return true;
}

static bool parse_stanza(struct cursor *cursor, struct age_stanza *ret_stanza)
{
    struct age_stanza stanza = {.type = {.text = ""}, .argument = {.text = ""}};
    struct age_span line;

    if (!take_line(cursor, &line) || !parse_arguments(line, &stanza) ||
        !parse_body(cursor, &stanza)) {
        return false;
    }
    *ret_stanza = stanza;
    return true;
}

int age_header_parse(const uint8_t *data, size_t size, struct age_header *ret_header)
{
    struct cursor cursor = {.text = (const char *)data,
                            .size = size < AGE_HEADER_BYTES_MAX ? size : AGE_HEADER_BYTES_MAX};
    const char *start = cursor.text;
    struct age_header header;
    struct age_stanza stanza;
    struct age_span line;

    if (!span_begins((struct age_span){cursor.text, cursor.size}, version_line)) {
        return PR_EFORMAT;
    }
    cursor.text += sizeof version_line - 1;
    cursor.size -= sizeof version_line - 1;
    header.stanzas.text = cursor.text;
    do {
        if (!parse_stanza(&cursor, &stanza)) {
            return PR_EFORMAT;
        }
    } while (!span_begins((struct age_span){cursor.text, cursor.size}, mac_mark));
    header.stanzas.size = (size_t)(cursor.text - header.stanzas.text);
    header.maced.text = start;
    header.maced.size = (size_t)(cursor.text - start) + sizeof mac_mark - 1;

    if (!take_line(&cursor, &line) || line.size < MAC_LINE_PREFIX || line.text[3] != ' ') {
        return PR_EFORMAT;
    }
    struct age_span mac = {line.text + MAC_LINE_PREFIX, line.size - MAC_LINE_PREFIX};
    if (!decode_base64_exactly(mac, header.mac, sizeof header.mac)) {
        return PR_EFORMAT;
    }
    header.size = (size_t)(cursor.text - start);
    *ret_header = header;
    return PR_OK;
}

bool age_header_next(const struct age_header *header, size_t *position,
                     struct age_stanza *ret_stanza)
{
    struct cursor cursor = {header->stanzas.text + *position, header->stanzas.size - *position};

    if (cursor.size == 0 || !parse_stanza(&cursor, ret_stanza)) {
        return false;
    }
    *position = header->stanzas.size - cursor.size;
    return true;
}

static bool is_x25519(const struct age_stanza *stanza, uint8_t ret_share[AGE_SHARE_BYTES],
                      int *ret_result)
{
    if (!span_equals(stanza->type, "X25519")) {
        return false;
    }
    bool sound = stanza->arguments_length == 1 && stanza->body_size == AGE_WRAPPED_KEY_BYTES &&
                 decode_base64_exactly(stanza->argument, ret_share, AGE_SHARE_BYTES);
    *ret_result = sound ? PR_OK : PR_EFORMAT;
    return true;
}

/* Holds all stanzas to what their types ask, also those behind the one that will open. */
static int check_stanzas(const struct age_header *header)
{
    struct age_stanza stanza;
    uint8_t share[AGE_SHARE_BYTES];
    size_t stanzas = 0;
    bool passphrase = false;
    int result = PR_OK;

    for (size_t position = 0; age_header_next(header, &position, &stanza); stanzas++) {
        if (is_x25519(&stanza, share, &result) && result != PR_OK) {
            return result;
        }
        passphrase = passphrase || span_equals(stanza.type, "scrypt");
    }
    return passphrase && stanzas > 1 ? PR_EFORMAT : PR_OK;
}

static int find_file_key(const struct age_header *header,
                         const struct age_identity *const *identities, size_t identities_length,
                         uint8_t file_key[AGE_FILE_KEY_BYTES])
{
    struct age_stanza stanza;
    uint8_t share[AGE_SHARE_BYTES];
    int result = PR_OK;

    for (size_t position = 0; age_header_next(header, &position, &stanza);) {
        if (!is_x25519(&stanza, share, &result)) {
            continue;
        }
        for (size_t i = 0; i < identities_length; i++) {
            result = age_x25519_unwrap(identities[i], share, stanza.body, file_key);
            if (result != PR_ENOKEY) {
                return result;
            }
        }
    }
    return PR_ENOKEY;
}

static void compute_mac(const char *text, size_t size, const uint8_t file_key[AGE_FILE_KEY_BYTES],
                        uint8_t ret_mac[AGE_HEADER_MAC_BYTES])
{
    uint8_t key[HKDF_SHA256_BYTES];

    hkdf_sha256(file_key, AGE_FILE_KEY_BYTES, NULL, 0, "header", key);
    crypto_auth_hmacsha256(ret_mac, (const uint8_t *)text, size, key);
    sodium_memzero(key, sizeof key);
}

int age_header_unlock(const struct age_header *header, const struct age_identity *const *identities,
                      size_t identities_length, uint8_t ret_file_key[AGE_FILE_KEY_BYTES])
{
    uint8_t file_key[AGE_FILE_KEY_BYTES];
    uint8_t mac[AGE_HEADER_MAC_BYTES];
    int result = check_stanzas(header);

    if (result == PR_OK) {
        result = find_file_key(header, identities, identities_length, file_key);
    }
    if (result != PR_OK) {
        goto out;
    }
    compute_mac(header->maced.text, header->maced.size, file_key, mac);
    if (sodium_memcmp(mac, header->mac, sizeof mac) != 0) {
        result = PR_ECRYPTO;
        goto out;
    }
    memcpy(ret_file_key, file_key, sizeof file_key);
out:
    sodium_memzero(file_key, sizeof file_key);
    return result;
}

static bool append(struct age_header_text *header, const char *text)
{
    size_t length = strlen(text);

    if (length > sizeof header->text - header->size) {
        return false;
    }
    memcpy(header->text + header->size, text, length);
    header->size += length;
    return true;
}

static bool append_base64_line(struct age_header_text *header, const uint8_t data[32])
{
    char text[sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_ORIGINAL_NO_PADDING)];

    sodium_bin2base64(text, sizeof text, data, 32, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    return append(header, text) && append(header, "\n");
}

void age_header_begin(struct age_header_text *header)
{
    header->size = 0;
    (void)append(header, version_line);
}

int age_header_add(struct age_header_text *header, const struct age_recipient *recipient,
                   const uint8_t file_key[AGE_FILE_KEY_BYTES])
{
    uint8_t share[AGE_SHARE_BYTES];
    uint8_t wrapped_key[AGE_WRAPPED_KEY_BYTES];
    int result = age_x25519_wrap(recipient, file_key, share, wrapped_key);

    if (result != PR_OK) {
        return result;
    }
    bool fits = append(header, stanza_mark) && append(header, "X25519 ") &&
                append_base64_line(header, share) && append_base64_line(header, wrapped_key);
    return fits ? PR_OK : PR_ELIMIT;
}

int age_header_end(struct age_header_text *header, const uint8_t file_key[AGE_FILE_KEY_BYTES])
{
    uint8_t mac[AGE_HEADER_MAC_BYTES];

    if (!append(header, mac_mark)) {
        return PR_ELIMIT;
    }
    compute_mac(header->text, header->size, file_key, mac);
    return append(header, " ") && append_base64_line(header, mac) ? PR_OK : PR_ELIMIT;
}
