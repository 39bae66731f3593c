/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/residue.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *folder;
    enum device_nature nature;
} folders[] = {{"font", DEVICE_FONT},    {"fonts", DEVICE_FONT},   {"cmap", DEVICE_FONT},
               {"cidfont", DEVICE_FONT}, {"macro", DEVICE_MACRO},  {"macros", DEVICE_MACRO},
               {"forms", DEVICE_MACRO},  {"overlay", DEVICE_MACRO}};

static bool is(const char *folder, size_t length, const char *name)
{
    return strlen(name) == length && strncasecmp(folder, name, length) == 0;
}

static enum device_nature nature_of_folder(const struct residue_rules *rules, const char *folder,
                                           size_t length)
{
    for (size_t i = 0; i < rules->keep_length; i++) {
        if (is(folder, length, rules->keep[i])) {
            return DEVICE_OWN;
        }
    }
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (is(folder, length, folders[i].folder)) {
            return folders[i].nature;
        }
    }
    return DEVICE_DATA;
}

/** What follows `0:` or `%disk0%`. */
static const char *after_volume(const char *path)
{
    const char *end = path[0] == '%' ? strchr(path + 1, '%') : NULL;
    if (end != NULL) {
        return end + 1;
    }
    const size_t digits = strspn(path, "0123456789");
    return digits > 0 && path[digits] == ':' ? path + digits + 1 : path;
}

enum device_nature residue_nature(const struct residue_rules *rules, const char *path)
{
    const char *at = after_volume(path);
    for (;;) {
        at += strspn(at, "/\\");
        const size_t length = strcspn(at, "/\\");
        if (at[length] == '\0') {
            return DEVICE_DATA; /* the file's own name */
        }
        const enum device_nature nature = nature_of_folder(rules, at, length);
        if (nature != DEVICE_DATA) {
            return nature;
        }
        at += length;
    }
}

bool residue_is(const struct residue_rules *rules, enum device_nature nature)
{
    const bool wanted[] = {[DEVICE_DATA] = true,
                           [DEVICE_HISTORY] = rules->history,
                           [DEVICE_FONT] = rules->fonts,
                           [DEVICE_MACRO] = rules->macros,
                           [DEVICE_OWN] = false};
    return wanted[nature];
}
