/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/usb-ippusb.h"

#include <ctype.h>
#include <cups/cups.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONNECT_MS = 2000, STATUS_BYTES = 64 * 1024, STATE_BYTES = 4096, PORT_MAX = 65535 };

/* Texts ---------------------------------------------------------------------------------------- */

/** A number of 1 to 65535 with nothing but `end` behind it, or 0. */
static unsigned read_port(const char *text, char end)
{
    char *rest = NULL;
    const long value = isdigit((unsigned char)*text) ? strtol(text, &rest, 10) : 0;
    return value >= 1 && value <= PORT_MAX && *rest == end ? (unsigned)value : 0;
}

/** Passes over a word and the spaces in front of it. */
static bool take_word(const char **at, const char *word)
{
    const char *begin = *at + strspn(*at, " ");
    const size_t length = strlen(word);
    if (strncmp(begin, word, length) != 0) {
        return false;
    }
    *at = begin + length;
    return true;
}

/** Takes a number and passes over the spaces in front of it. */
static bool take_number(const char **at, int base, unsigned long *ret_number)
{
    const char *begin = *at + strspn(*at, " ");
    char *end = NULL;
    if (!isxdigit((unsigned char)*begin)) {
        return false;
    }
    *ret_number = strtoul(begin, &end, base);
    *at = end;
    return end > begin;
}

/** What follows the device's own columns on a line, NULL when the line is about something else. */
static const char *match_device(const char *line, const struct usb_ippusb_device *device)
{
    unsigned long index = 0;
    unsigned long bus = 0;
    unsigned long address = 0;
    unsigned long vendor = 0;
    unsigned long product = 0;
    const bool read = take_number(&line, 10, &index) && take_word(&line, ".") &&
                      take_word(&line, "Bus") && take_number(&line, 10, &bus) &&
                      take_word(&line, "Device") && take_number(&line, 10, &address) &&
                      take_number(&line, 16, &vendor) && take_word(&line, ":") &&
                      take_number(&line, 16, &product);
    const bool same = read && bus == device->bus && address == device->address &&
                      vendor == device->vendor && product == device->product;
    return same ? line + strspn(line, " ") : NULL;
}

static bool fares_well(const char *line)
{
    line += strspn(line, " ");
    return strncmp(line, "status: OK", 10) == 0;
}

enum usb_ippusb_answer
usb_ippusb_read_status(const char *text, const struct usb_ippusb_device *device, unsigned *ret_port)
{
    for (const char *line = text; *line != '\0';) {
        char copy[256];
        const size_t length = strcspn(line, "\n");
        (void)snprintf(copy, sizeof copy, "%.*s", (int)(length < 255 ? length : 255), line);
        line += length + (line[length] == '\n');
        const char *rest = match_device(copy, device);
        if (rest == NULL) {
            continue;
        }
        if (!fares_well(line)) {
            return USB_IPPUSB_UNUSABLE;
        }
        *ret_port = read_port(rest, ' ');
        return USB_IPPUSB_SERVING;
    }
    return USB_IPPUSB_ABSENT;
}

unsigned usb_ippusb_read_state(const char *text)
{
    for (const char *line = text; *line != '\0';) {
        const size_t length = strcspn(line, "\n");
        char copy[64];
        (void)snprintf(copy, sizeof copy, "%.*s", (int)(length < 63 ? length : 63), line);
        line += length + (line[length] == '\n');
        const char *at = copy + strspn(copy, " \t");
        if (strncmp(at, "http-port", 9) == 0) {
            at += 9 + strspn(at + 9, " \t");
            if (*at == '=') {
                at += 1 + strspn(at + 1, " \t");
                copy[strcspn(copy, "\r")] = '\0';
                return read_port(at, '\0');
            }
        }
    }
    return 0;
}

/* Asking --------------------------------------------------------------------------------------- */

static bool read_answer(http_t *http, char text[STATUS_BYTES])
{
    http_status_t status = HTTP_STATUS_CONTINUE;
    if (httpGet(http, "/status") != 0) {
        return false;
    }
    while (status == HTTP_STATUS_CONTINUE) {
        status = httpUpdate(http);
    }
    size_t length = 0;
    ssize_t piece = 0;
    while (status == HTTP_STATUS_OK && length < STATUS_BYTES - 1 &&
           (piece = httpRead2(http, text + length, STATUS_BYTES - 1 - length)) > 0) {
        length += (size_t)piece;
    }
    text[length] = '\0';
    return status == HTTP_STATUS_OK;
}

static int give_up(http_t *http, void *context)
{
    (void)http, (void)context;
    return 0;
}

static bool get_status(const char *folder, char text[STATUS_BYTES])
{
    char path[256];
    if (snprintf(path, sizeof path, "%s/ctrl", folder) >= (int)sizeof path) {
        return false;
    }
    http_t *http =
        httpConnect2(path, 0, NULL, AF_LOCAL, HTTP_ENCRYPTION_NEVER, 1, CONNECT_MS, NULL);
    if (http == NULL) {
        return false;
    }
    httpSetTimeout(http, CONNECT_MS / 1000.0, give_up, NULL);
    const bool answered = read_answer(http, text);
    httpClose(http);
    return answered;
}

/** How the name of the device's state file begins. */
static void state_prefix(const struct usb_ippusb_device *device, char *to, size_t to_bytes)
{
    (void)snprintf(to, to_bytes, "%04x-%04x-%s-", device->vendor, device->product, device->serial);
    for (char *c = to; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && *c != '_') {
            *c = '-';
        }
    }
}

static unsigned read_state_file(int folder, const char *name)
{
    char text[STATE_BYTES];
    const int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return 0;
    }
    const ssize_t length = read(file, text, sizeof text - 1);
    (void)close(file);
    text[length > 0 ? length : 0] = '\0';
    return usb_ippusb_read_state(text);
}

static unsigned find_state_port(const char *folder, const struct usb_ippusb_device *device)
{
    char path[256];
    char prefix[192];
    unsigned port = 0;
    (void)snprintf(path, sizeof path, "%s/dev", folder);
    state_prefix(device, prefix, sizeof prefix);
    DIR *entries = opendir(path);
    const struct dirent *entry = NULL;
    while (entries != NULL && port == 0 && (entry = readdir(entries)) != NULL) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0) {
            port = read_state_file(dirfd(entries), entry->d_name);
        }
    }
    if (entries != NULL) {
        (void)closedir(entries);
    }
    return port;
}

enum usb_ippusb_answer usb_ippusb_ask(const char *folder, const struct usb_ippusb_device *device,
                                      unsigned *ret_port)
{
    char *text = malloc(STATUS_BYTES);
    unsigned port = 0;
    enum usb_ippusb_answer answer = USB_IPPUSB_ABSENT;
    if (text != NULL && get_status(folder, text)) {
        answer = usb_ippusb_read_status(text, device, &port);
    }
    free(text);
    if (answer == USB_IPPUSB_SERVING) {
        port = port != 0 ? port : find_state_port(folder, device);
        if (port == 0) {
            return USB_IPPUSB_UNUSABLE;
        }
        *ret_port = port;
    }
    return answer;
}
