/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/usb-name.h"

#include <cups/cups.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "drivers/text.h"
#include "drivers/usb-device-id.h"

enum { INTERFACE_MAX = 255 };

static const char *const make_keys[] = {"MANUFACTURER", "MFG", NULL};
static const char *const model_keys[] = {"MODEL", "MDL", NULL};
static const char *const description_keys[] = {"DESCRIPTION", "DES", NULL};
static const char *const serial_keys[] = {"SERIALNUMBER", "SERN", "SN", NULL};

/* Reading -------------------------------------------------------------------------------------- */

static bool read_interface(const char *text, int *ret_interface)
{
    char *end = NULL;
    const long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < 0 || value > INTERFACE_MAX) {
        return false;
    }
    *ret_interface = (int)value;
    return true;
}

/** @param query  what is behind the question mark; is taken apart */
static bool read_query(char *query, struct usb_name *name)
{
    char *rest = NULL;
    for (char *option = strtok_r(query, "&", &rest); option != NULL;
         option = strtok_r(NULL, "&", &rest)) {
        if (strncmp(option, "serial=", 7) == 0) {
            text_clean(name->serial, sizeof name->serial,
                       strcmp(option + 7, "?") == 0 ? "" : option + 7);
        } else if (strncmp(option, "interface=", 10) == 0 &&
                   !read_interface(option + 10, &name->interface)) {
            return false;
        }
    }
    return true;
}

bool usb_name_read(const char *uri, struct usb_name *ret_name)
{
    char scheme[8];
    char user[8];
    char make[USB_NAME_BYTES];
    char resource[USB_URI_BYTES];
    int port = 0;
    struct usb_name name = {.interface = USB_INTERFACE_ANY};
    if (httpSeparateURI(HTTP_URI_CODING_ALL, uri, scheme, sizeof scheme, user, sizeof user, make,
                        sizeof make, &port, resource, sizeof resource) < HTTP_URI_STATUS_OK ||
        strcasecmp(scheme, "usb") != 0 || resource[0] != '/') {
        return false;
    }
    char *query = strchr(resource, '?');
    if (query != NULL) {
        *query = '\0';
        if (!read_query(query + 1, &name)) {
            return false;
        }
    }
    text_clean(name.make, sizeof name.make, make);
    text_clean(name.model, sizeof name.model, resource + 1);
    if (name.make[0] == '\0' || name.model[0] == '\0') {
        return false;
    }
    *ret_name = name;
    return true;
}

/* Making --------------------------------------------------------------------------------------- */

static void first_word(char *to, size_t to_bytes, const char *from)
{
    text_clean(to, to_bytes, from);
    to[strcspn(to, " ")] = '\0';
}

/** Names that CUPS shortens. */
static void shorten(char *make, size_t make_bytes)
{
    static const char *const names[][2] = {{"Hewlett-Packard", "HP"},
                                           {"Lexmark International", "Lexmark"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(make, names[i][0]) == 0) {
            text_clean(make, make_bytes, names[i][1]);
        }
    }
}

/** "HP LaserJet" of HP is a "LaserJet". */
static void strip_make(char *model, const char *make)
{
    const size_t length = strlen(make);
    if (length > 0 && strncasecmp(model, make, length) == 0 && model[length] == ' ') {
        const char *rest = model + length + strspn(model + length, " ");
        if (*rest != '\0') {
            memmove(model, rest, strlen(rest) + 1);
        }
    }
}

struct usb_name usb_name_make(const char *device_id, const struct usb_strings *strings,
                              int interface)
{
    struct usb_name name = {.interface = interface};
    char description[USB_NAME_BYTES] = "";
    text_clean(name.serial, sizeof name.serial, strings->serial);
    (void)usb_device_id_value(device_id, serial_keys, name.id_serial, sizeof name.id_serial);
    (void)usb_device_id_value(device_id, description_keys, description, sizeof description);
    if (!usb_device_id_value(device_id, make_keys, name.make, sizeof name.make)) {
        text_clean(name.make, sizeof name.make, strings->make);
    }
    if (!usb_device_id_value(device_id, model_keys, name.model, sizeof name.model)) {
        text_clean(name.model, sizeof name.model, strings->model);
    }
    const bool has_model = name.model[0] != '\0';
    if (name.make[0] == '\0') {
        const char *from = has_model ? name.model : description;
        first_word(name.make, sizeof name.make, from[0] != '\0' ? from : "Unknown");
    }
    shorten(name.make, sizeof name.make);
    if (!has_model) {
        const char *stand_in = strcmp(name.make, "Unknown") == 0 ? "Printer" : "Unknown Model";
        text_clean(name.model, sizeof name.model, description[0] != '\0' ? description : stand_in);
    }
    strip_make(name.model, name.make);
    return name;
}

bool usb_name_write(const struct usb_name *name, char ret_uri[USB_URI_BYTES])
{
    char query[USB_NAME_BYTES + 64] = "";
    char uri[USB_URI_BYTES];
    int length = 0;
    if (name->serial[0] != '\0') {
        length = snprintf(query, sizeof query, "?serial=%s", name->serial);
    }
    if (name->interface > 0) {
        (void)snprintf(query + length, sizeof query - (size_t)length, "%cinterface=%d",
                       length > 0 ? '&' : '?', name->interface);
    }
    if (httpAssembleURIf(HTTP_URI_CODING_ALL, uri, sizeof uri, "usb", NULL, name->make, 0, "/%s%s",
                         name->model, query) != HTTP_URI_STATUS_OK) {
        return false;
    }
    memcpy(ret_uri, uri, strlen(uri) + 1);
    return true;
}

/* Comparing ------------------------------------------------------------------------------------ */

bool usb_name_may_be(const struct usb_name *wanted, const struct usb_name *found)
{
    if (wanted->interface >= 0 && found->interface >= 0 && wanted->interface != found->interface) {
        return false;
    }
    if (wanted->serial[0] == '\0' || (found->serial[0] == '\0' && found->id_serial[0] == '\0')) {
        return true;
    }
    return strcmp(wanted->serial, found->serial) == 0 ||
           strcmp(wanted->serial, found->id_serial) == 0;
}

bool usb_name_is(const struct usb_name *wanted, const struct usb_name *found)
{
    return usb_name_may_be(wanted, found) && strcmp(wanted->make, found->make) == 0 &&
           strcmp(wanted->model, found->model) == 0;
}

bool usb_uris_are_one(const char *one, const char *other)
{
    struct usb_name names[2];
    return usb_name_read(one, &names[0]) && usb_name_read(other, &names[1]) &&
           usb_name_is(&names[0], &names[1]);
}
