/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/usb-quirks.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 64, FILE_BYTES_MAX = 1 << 20 };

static const struct {
    const char *word;
    unsigned flag;
} words[] = {{"blacklist", USB_QUIRK_BLACKLIST},       {"no-reattach", USB_QUIRK_NO_REATTACH},
             {"soft-reset", USB_QUIRK_SOFT_RESET},     {"unidir", USB_QUIRK_UNIDIR},
             {"vendor-class", USB_QUIRK_VENDOR_CLASS}, {"delay-close", USB_QUIRK_DELAY_CLOSE}};

/* Lines ---------------------------------------------------------------------------------------- */

struct cursor {
    const char *at;
    const char *end;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool next_word(struct cursor *c, const char **ret_word, size_t *ret_length)
{
    while (c->at < c->end && is_space(*c->at)) {
        c->at++;
    }
    const char *word = c->at;
    while (c->at < c->end && !is_space(*c->at)) {
        c->at++;
    }
    *ret_word = word;
    *ret_length = (size_t)(c->at - word);
    return c->at > word;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool read_number(const char *word, size_t length, uint16_t *ret_number)
{
    if (length > 2 && word[0] == '0' && (word[1] | 0x20) == 'x') {
        word += 2;
        length -= 2;
    }
    if (length == 0 || length > 4) {
        return false;
    }
    unsigned number = 0;
    for (size_t i = 0; i < length; i++) {
        const int digit = hex_digit(word[i]);
        if (digit < 0) {
            return false;
        }
        number = number << 4 | (unsigned)digit;
    }
    *ret_number = (uint16_t)number;
    return true;
}

static unsigned flag_of(const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i].word) == length && memcmp(words[i].word, word, length) == 0) {
            return words[i].flag;
        }
    }
    return 0;
}

bool usb_quirk_read(const char *line, size_t length, struct usb_quirk *ret_quirk)
{
    struct cursor c = {line, line + length};
    struct usb_quirk quirk = {0};
    const char *word = NULL;
    size_t word_length = 0;
    if (!next_word(&c, &word, &word_length) || word[0] == '#' ||
        !read_number(word, word_length, &quirk.vendor)) {
        return false;
    }
    if (next_word(&c, &word, &word_length) && !read_number(word, word_length, &quirk.product)) {
        quirk.flags |= flag_of(word, word_length);
    }
    while (next_word(&c, &word, &word_length)) {
        quirk.flags |= flag_of(word, word_length);
    }
    *ret_quirk = quirk;
    return true;
}

/* Files ---------------------------------------------------------------------------------------- */

static void take(const struct usb_quirk *quirk, uint16_t vendor, uint16_t product,
                 struct usb_quirk_found *known)
{
    const bool exact = quirk->product == product && product != 0;
    if (quirk->vendor != vendor || (!exact && (quirk->product != 0 || known->exact))) {
        return;
    }
    if (exact && !known->exact) {
        *known = (struct usb_quirk_found){.exact = true};
    }
    known->flags |= quirk->flags;
}

void usb_quirks_search(const char *text, size_t length, uint16_t vendor, uint16_t product,
                       struct usb_quirk_found *known)
{
    const char *end = text + length;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *line_end = newline != NULL ? newline : end;
        struct usb_quirk quirk;
        if (usb_quirk_read(text, (size_t)(line_end - text), &quirk)) {
            take(&quirk, vendor, product, known);
        }
        text = newline != NULL ? newline + 1 : end;
    }
}

static void search_file(int folder, const char *name, uint16_t vendor, uint16_t product,
                        struct usb_quirk_found *known)
{
    /* O_NONBLOCK: a pipe of that name must not hold us. */
    const int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    char *text = NULL;
    if (file < 0 || fstat(file, &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size > FILE_BYTES_MAX) {
        goto out;
    }
    text = malloc((size_t)status.st_size + 1);
    const ssize_t length = text != NULL ? read(file, text, (size_t)status.st_size) : -1;
    if (length > 0) {
        usb_quirks_search(text, (size_t)length, vendor, product, known);
    }
out:
    free(text);
    if (file >= 0) {
        (void)close(file);
    }
}

unsigned usb_quirks_of(const char *folder, uint16_t vendor, uint16_t product)
{
    struct usb_quirk_found known = {0};
    DIR *entries = opendir(folder);
    if (entries == NULL) {
        return 0;
    }
    const struct dirent *entry = NULL;
    for (unsigned files = 0; files < FILES_MAX && (entry = readdir(entries)) != NULL;) {
        if (entry->d_name[0] != '.') {
            search_file(dirfd(entries), entry->d_name, vendor, product, &known);
            files++;
        }
    }
    (void)closedir(entries);
    return known.flags;
}
