/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/ipp-read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "drivers/supply.h"
#include "drivers/text.h"

enum { VALUE_BYTES = 128 };

/** Kinds of the Printer MIB (prtMarkerSuppliesType), by the beginning of the word. */
static const struct {
    const char *type;
    enum device_supply_kind kind;
} kinds[] = {{"waste", DEVICE_WASTE},  {"toner", DEVICE_TONER}, {"ink", DEVICE_INK},
             {"solidwax", DEVICE_INK}, {"ribbon", DEVICE_INK},  {"opc", DEVICE_DRUM},
             {"drum", DEVICE_DRUM},    {"fuser", DEVICE_FUSER}, {"developer", DEVICE_OTHER_SUPPLY},
             {"paper", DEVICE_PAPER},  {"media", DEVICE_PAPER}};

static enum device_supply_kind kind_of(const char *type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strncasecmp(type, kinds[i].type, strlen(kinds[i].type)) == 0) {
            return kinds[i].kind;
        }
    }
    return DEVICE_OTHER_SUPPLY;
}

/** The value of a key in `key=value;…`, "" when there is none. */
static void value_of(const char *text, size_t length, const char *key, char to[VALUE_BYTES])
{
    const size_t key_length = strlen(key);
    const char *end = text + length;
    to[0] = '\0';
    while (text < end) {
        const char *stop = memchr(text, ';', (size_t)(end - text));
        stop = stop != NULL ? stop : end;
        while (text < stop && (*text == ' ' || *text == '\r' || *text == '\n')) {
            text++;
        }
        if ((size_t)(stop - text) > key_length && text[key_length] == '=' &&
            strncasecmp(text, key, key_length) == 0) {
            text += key_length + 1;
            (void)snprintf(to, VALUE_BYTES, "%.*s", (int)(stop - text), text);
            return;
        }
        text = stop + 1;
    }
}

static long number_of(const char *text, long otherwise)
{
    char *end = NULL;
    const long value = strtol(text, &end, 10);
    return end == text || value > INT32_MAX || value < INT32_MIN ? otherwise : value;
}

void ipp_read_supply(const char *text, size_t length, const char *description,
                     struct device_supply *ret)
{
    char value[VALUE_BYTES];
    struct device_supply supply = {.name = ""};
    value_of(text, length, "type", value);
    supply.kind = kind_of(value);
    if (description[0] == '\0') {
        text_clean(supply.name, sizeof supply.name, value);
    } else {
        text_clean(supply.name, sizeof supply.name, description);
    }
    value_of(text, length, "colorantname", value);
    text_clean(supply.color, sizeof supply.color,
               strcasecmp(value, "none") == 0 || strcasecmp(value, "unknown") == 0 ? "" : value);
    value_of(text, length, "level", value);
    const long level = number_of(value, -2);
    value_of(text, length, "maxcapacity", value);
    supply_judge(&supply, level, number_of(value, -2), SUPPLY_LOW_PERCENT);
    *ret = supply;
}

static void read_supply_values(ipp_t *response, ipp_attribute_t *values,
                               struct device_supplies *supplies)
{
    ipp_attribute_t *descriptions =
        ippFindAttribute(response, "printer-supply-description", IPP_TAG_TEXT);
    for (int i = 0; i < ippGetCount(values) && supplies->length < DEVICE_SUPPLIES_MAX; i++) {
        int length = 0;
        const char *text = ippGetOctetString(values, i, &length);
        const char *description = descriptions != NULL && i < ippGetCount(descriptions)
                                      ? ippGetString(descriptions, i, NULL)
                                      : NULL;
        if (text != NULL && length > 0) {
            ipp_read_supply(text, (size_t)length, description != NULL ? description : "",
                            &supplies->items[supplies->length++]);
        }
    }
}

static const char *string_at(ipp_attribute_t *attribute, int index)
{
    const char *text = attribute != NULL && index < ippGetCount(attribute)
                           ? ippGetString(attribute, index, NULL)
                           : NULL;
    return text != NULL ? text : "";
}

static int integer_at(ipp_attribute_t *attribute, int index, int otherwise)
{
    return attribute != NULL && index < ippGetCount(attribute) ? ippGetInteger(attribute, index)
                                                               : otherwise;
}

/** CUPS's attributes of before PWG 5100.13, in percent. */
static void read_markers(ipp_t *response, struct device_supplies *supplies)
{
    ipp_attribute_t *names = ippFindAttribute(response, "marker-names", IPP_TAG_NAME);
    ipp_attribute_t *types = ippFindAttribute(response, "marker-types", IPP_TAG_KEYWORD);
    ipp_attribute_t *colors = ippFindAttribute(response, "marker-colors", IPP_TAG_NAME);
    ipp_attribute_t *levels = ippFindAttribute(response, "marker-levels", IPP_TAG_INTEGER);
    ipp_attribute_t *lows = ippFindAttribute(response, "marker-low-levels", IPP_TAG_INTEGER);
    const int length = names != NULL ? ippGetCount(names) : 0;
    for (int i = 0; i < length && supplies->length < DEVICE_SUPPLIES_MAX; i++) {
        struct device_supply *supply = &supplies->items[supplies->length++];
        *supply = (struct device_supply){.kind = kind_of(string_at(types, i))};
        text_clean(supply->name, sizeof supply->name, string_at(names, i));
        text_clean(supply->color, sizeof supply->color, string_at(colors, i));
        supply_judge(supply, integer_at(levels, i, -2), 100,
                     integer_at(lows, i, SUPPLY_LOW_PERCENT));
    }
}

void ipp_read_supplies(ipp_t *response, struct device_supplies *ret)
{
    ipp_attribute_t *values = ippFindAttribute(response, "printer-supply", IPP_TAG_STRING);
    ret->length = 0;
    if (values != NULL) {
        read_supply_values(response, values, ret);
    }
    if (ret->length == 0) {
        read_markers(response, ret);
    }
}
