/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/vault/trace-token.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "daemon/error.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
static const char domain[] = "printroom trace token 1";

enum { CODE_BYTES = 11, CHARACTER_BITS = 5, TEXT_MAX = 512 };

/* Bits, most significant first. A token has 180 of them, which end in the middle of a byte. */
struct bits {
    uint8_t byte[(TRACE_TOKEN_CHARACTERS * CHARACTER_BITS + 7) / 8];
    size_t place;
};

static void put(struct bits *bits, uint32_t value, unsigned width)
{
    while (width-- > 0) {
        if ((value >> width & 1U) != 0) {
            bits->byte[bits->place / 8] |= (uint8_t)(0x80U >> bits->place % 8);
        }
        bits->place++;
    }
}

static uint32_t take(struct bits *bits, unsigned width)
{
    uint32_t value = 0;

    while (width-- > 0) {
        value = value << 1 | (bits->byte[bits->place / 8] >> (7 - bits->place % 8) & 1U);
        bits->place++;
    }
    return value;
}

static void put_code(struct bits *bits, const struct trace_code *code)
{
    put(bits, code->site, 16);
    put(bits, code->job, 32);
    put(bits, code->copy, 16);
    put(bits, code->page, 20);
}

static void make_mac(const struct trace_key *key, const struct trace_code *code,
                     uint8_t ret_mac[TRACE_MAC_BYTES])
{
    struct bits bits = {.place = 0};

    put_code(&bits, code);
    trace_key_mac(key, domain, sizeof domain, bits.byte, CODE_BYTES, ret_mac, TRACE_MAC_BYTES);
}

void trace_token_make(const struct trace_key *key, const struct trace_code *code,
                      char ret_text[TRACE_TEXT_BYTES])
{
    struct bits bits = {.place = 0};
    uint8_t mac[TRACE_MAC_BYTES];
    char *place = stpcpy(ret_text, TRACE_PREFIX);

    make_mac(key, code, mac);
    put_code(&bits, code);
    for (size_t i = 0; i < sizeof mac; i++) {
        put(&bits, mac[i], 8);
    }
    bits.place = 0;
    for (unsigned i = 0; i < TRACE_TOKEN_CHARACTERS; i++) {
        *place++ = alphabet[take(&bits, CHARACTER_BITS)];
    }
    *place = '\0';
}

int trace_token_address(const char text[TRACE_TEXT_BYTES], const char *host,
                        char ret_address[TRACE_ADDRESS_BYTES])
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.:";
    char address[TRACE_ADDRESS_BYTES];

    if (host[0] == '\0' || strspn(host, allowed) != strlen(host)) {
        return PR_EINVAL;
    }
    int length =
        snprintf(address, sizeof address, "HTTPS://%s/T/%s", host, text + sizeof TRACE_PREFIX - 1);
    if (length < 0 || (size_t)length >= sizeof address) {
        return PR_ELIMIT;
    }
    for (char *place = address; *place != '\0'; place++) {
        if (*place >= 'a' && *place <= 'z') {
            *place = (char)(*place - 'a' + 'A');
        }
    }
    memcpy(ret_address, address, sizeof address);
    return PR_OK;
}

/* The value of a character, −1 for one that is passed over, −2 for one that cannot be there. */
static int value_of(char character)
{
    static const char mistaken[] = {'0', 'O', '1', 'I', '8', 'B'};

    if (character == ' ' || character == '-') {
        return -1;
    }
    if (character >= 'a' && character <= 'z') {
        character = (char)(character - 'a' + 'A');
    }
    for (size_t i = 0; i < sizeof mistaken; i += 2) {
        if (character == mistaken[i]) {
            character = mistaken[i + 1];
        }
    }
    const char *found = character != '\0' ? strchr(alphabet, character) : NULL;

    return found != NULL ? (int)(found - alphabet) : -2;
}

/* Where the token begins: behind the prefix, or behind the last '/' of an address. */
static const char *skip_prefix(const char *text)
{
    text += strspn(text, " \t\r\n");
    if (strncasecmp(text, TRACE_PREFIX, sizeof TRACE_PREFIX - 1) == 0) {
        return text + sizeof TRACE_PREFIX - 1;
    }
    if (strncasecmp(text, "https://", 8) == 0 || strncasecmp(text, "http://", 7) == 0) {
        const char *slash = strrchr(text, '/');

        return slash - text > 10 && strncasecmp(slash - 2, "/t/", 3) == 0 ? slash + 1 : NULL;
    }
    return text;
}

int trace_token_parse(const char *text, struct trace_token *ret_token)
{
    struct bits bits = {.place = 0};
    unsigned characters = 0;
    size_t length = strnlen(text, TEXT_MAX);

    if (length == TEXT_MAX) {
        return PR_EFORMAT;
    }
    while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL) {
        length--;
    }
    const char *place = skip_prefix(text);

    if (place == NULL) {
        return PR_EFORMAT;
    }
    for (; place < text + length; place++) {
        int value = value_of(*place);

        if (value == -1) {
            continue;
        }
        if (value < 0 || characters == TRACE_TOKEN_CHARACTERS) {
            return PR_EFORMAT;
        }
        put(&bits, (uint32_t)value, CHARACTER_BITS);
        characters++;
    }
    if (characters != TRACE_TOKEN_CHARACTERS) {
        return PR_EFORMAT;
    }
    bits.place = 0;
    ret_token->code.site = (uint16_t)take(&bits, 16);
    ret_token->code.job = take(&bits, 32);
    ret_token->code.copy = (uint16_t)take(&bits, 16);
    ret_token->code.page = take(&bits, 20);
    for (size_t i = 0; i < TRACE_MAC_BYTES; i++) {
        ret_token->mac[i] = (uint8_t)take(&bits, 8);
    }
    return PR_OK;
}

int trace_token_check(const struct trace_key *key, const struct trace_token *token)
{
    uint8_t mac[TRACE_MAC_BYTES];

    make_mac(key, &token->code, mac);
    return sodium_memcmp(mac, token->mac, sizeof mac) == 0 ? PR_OK : PR_ECRYPTO;
}
