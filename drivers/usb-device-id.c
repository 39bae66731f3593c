/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/usb-device-id.h"

#include <string.h>
#include <strings.h>

#include "drivers/text.h"

enum { LENGTH_BYTES = 2, SHORTEST = 14 };

static bool fits(size_t length, size_t size)
{
    return length >= SHORTEST && length <= size;
}

bool usb_device_id_read(const uint8_t *answer, size_t size, char ret_text[USB_DEVICE_ID_BYTES])
{
    if (size < SHORTEST) {
        return false;
    }
    const size_t big = (size_t)answer[0] << 8 | answer[1];
    const size_t little = (size_t)answer[1] << 8 | answer[0];
    size_t length = 0;
    if (fits(big, size)) {
        length = big;
    } else if (fits(little, size)) {
        length = little;
    } else if (fits(big, USB_DEVICE_ID_BYTES) || fits(little, USB_DEVICE_ID_BYTES)) {
        length = size; /* it promised more than it sent */
    } else {
        return false;
    }
    if (length > USB_DEVICE_ID_BYTES) {
        length = USB_DEVICE_ID_BYTES;
    }
    char raw[USB_DEVICE_ID_BYTES] = "";
    memcpy(raw, answer + LENGTH_BYTES, length - LENGTH_BYTES);
    text_clean(ret_text, USB_DEVICE_ID_BYTES, raw);
    return true;
}

static const char *skip_spaces(const char *at)
{
    return at + strspn(at, " \t");
}

/** The value of one key: where it begins, and its length without spaces at the end. */
static const char *find_value(const char *text, const char *key, size_t *ret_length)
{
    const size_t key_length = strlen(key);
    for (const char *at = skip_spaces(text); *at != '\0'; at = skip_spaces(at)) {
        const size_t pair_length = strcspn(at, ";");
        const char *colon = memchr(at, ':', pair_length);
        size_t name_length = colon != NULL ? (size_t)(colon - at) : 0;
        while (name_length > 0 && at[name_length - 1] == ' ') {
            name_length--;
        }
        if (colon != NULL && name_length == key_length && strncasecmp(at, key, key_length) == 0) {
            const char *end = at + pair_length;
            const char *value = colon + 1 + strspn(colon + 1, " \t");
            value = value < end ? value : end;
            while (end > value && end[-1] == ' ') {
                end--;
            }
            *ret_length = (size_t)(end - value);
            return value;
        }
        at += pair_length;
        at += *at == ';';
    }
    return NULL;
}

bool usb_device_id_value(const char *text, const char *const *keys, char *ret_value,
                         size_t value_bytes)
{
    for (; *keys != NULL; keys++) {
        size_t length = 0;
        const char *value = find_value(text, *keys, &length);
        if (value == NULL || length == 0) {
            continue;
        }
        char raw[USB_DEVICE_ID_BYTES];
        length = length < sizeof raw ? length : sizeof raw - 1;
        memcpy(raw, value, length);
        raw[length] = '\0';
        text_clean(ret_value, value_bytes, raw);
        return true;
    }
    return false;
}
