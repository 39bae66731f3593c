/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes as the text of a recipient and of an identity, and as data of any Bech32 text: what is read
 * is written the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/error.h"
#include "daemon/vault/age.h"
#include "daemon/vault/bech32.h"

enum { DATA_BYTES_MAX = 255 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "%s\n", what);
        abort();
    }
}

static void try_recipient(const char *text)
{
    struct age_recipient recipient;
    char back[AGE_RECIPIENT_TEXT_BYTES];

    if (age_recipient_parse(text, &recipient) == PR_OK) {
        age_recipient_format(&recipient, back);
        must(strcmp(text, back) == 0, "a recipient has two spellings");
    }
}

static void try_identity(const char *text)
{
    struct age_identity *identity;
    char back[AGE_IDENTITY_TEXT_BYTES];

    if (age_identity_parse(text, &identity) == PR_OK) {
        age_identity_format(identity, back);
        must(strcmp(text, back) == 0, "an identity has two spellings");
        age_identity_free(identity);
    }
}

/* The first byte says how much of the text is the human-readable part. */
static void try_any(const char *text, size_t size)
{
    uint8_t data[DATA_BYTES_MAX];
    char hrp[84] = "";
    char back[BECH32_TEXT_BYTES(83, DATA_BYTES_MAX)];
    size_t hrp_length = size != 0 ? (uint8_t)text[0] % sizeof hrp : 0;

    if (hrp_length + 1 >= size) {
        return;
    }
    memcpy(hrp, text + 1, hrp_length);
    text += 1;
    for (size_t length = 0; length < 64; length++) {
        if (bech32_decode(text, hrp, data, length) == PR_OK) {
            must(bech32_encode(hrp, data, length, back, sizeof back) == PR_OK, "cannot be written");
            must(strcmp(text, back) == 0, "two spellings");
        }
    }
}

static void try_data(const uint8_t *data, size_t size)
{
    uint8_t back[DATA_BYTES_MAX];
    char text[BECH32_TEXT_BYTES(3, DATA_BYTES_MAX)];

    if (size <= DATA_BYTES_MAX) {
        must(bech32_encode("age", data, size, text, sizeof text) == PR_OK, "cannot be written");
        must(bech32_decode(text, "age", back, size) == PR_OK, "cannot be read");
        must(memcmp(back, data, size) == 0, "came back changed");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    must(text != NULL, "memory");
    memcpy(text, data, size);
    text[size] = '\0';
    try_recipient(text);
    try_identity(text);
    try_any(text, size);
    try_data(data, size);
    free(text);
    return 0;
}
