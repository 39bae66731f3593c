/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drivers/snmp-answer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "drivers/supply.h"
#include "drivers/text.h"

int64_t snmp_number(const struct snmp_value *value, int64_t otherwise)
{
    return value->kind == SNMP_NUMBER ? value->number : otherwise;
}

void snmp_text(const struct snmp_value *value, char *to, size_t to_bytes)
{
    char copy[SNMP_VALUE_BYTES + 1];
    size_t length = value->kind == SNMP_BYTES ? value->length : 0;
    size_t begin = 0;
    length = strnlen((const char *)value->bytes, length);
    while (begin < length && value->bytes[begin] == ' ') {
        begin++;
    }
    while (length > begin && value->bytes[length - 1] == ' ') {
        length--;
    }
    memcpy(copy, value->bytes + begin, length - begin);
    copy[length - begin] = '\0';
    text_clean(to, to_bytes, copy);
}

/* Status --------------------------------------------------------------------------------------- */

/** hrPrinterStatus, RFC 2790. `other` is what a printer at rest says that saves power (RFC 3805,
 * section 2.2.13.2); `unknown` tells nothing. */
static const struct {
    int number;
    const char *state;
} states[] = {{1, "idle"}, {3, "idle"}, {4, "processing"}, {5, "idle"}};

/** Bits of hrPrinterDetectedErrorState from the left (RFC 2790, and RFC 3805 for those after the
 * eighth), in the words of RFC 8011 5.4.12; `stops`: it prints nothing until somebody comes. */
static const struct {
    bool stops;
    const char *reason;
} errors_of[] = {{false, "media-low-warning"},
                 {true, "media-empty-error"},
                 {false, "toner-low-warning"},
                 {true, "toner-empty-error"},
                 {true, "door-open-error"},
                 {true, "media-jam-error"},
                 {true, "paused"},
                 {false, "other-warning"},
                 {true, "input-tray-missing-error"},
                 {true, "output-tray-missing-error"},
                 {true, "marker-supply-missing-error"},
                 {false, "output-area-almost-full-warning"},
                 {true, "output-area-full-error"},
                 {false, "media-empty-warning"},
                 {false, "other-warning"}};

static void add_reason(struct device_reasons *reasons, const char *reason)
{
    for (unsigned i = 0; i < reasons->length; i++) {
        if (strcmp(reasons->keywords[i], reason) == 0) {
            return;
        }
    }
    (void)snprintf(reasons->keywords[reasons->length++], DEVICE_KEYWORD_BYTES, "%s", reason);
}

bool snmp_read_status(const struct snmp_value *state, const struct snmp_value *errors,
                      struct device_status *ret)
{
    struct device_status status = {.impressions_completed = DEVICE_UNKNOWN,
                                   .media_sheets_completed = DEVICE_UNKNOWN};
    const int64_t number = snmp_number(state, 0);
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (states[i].number == number) {
            (void)snprintf(status.state, sizeof status.state, "%s", states[i].state);
        }
    }
    if (status.state[0] == '\0') {
        return false;
    }
    for (size_t i = 0; i < sizeof errors_of / sizeof errors_of[0]; i++) {
        const size_t byte = i / 8;
        if (errors->kind != SNMP_BYTES || byte >= errors->length ||
            (errors->bytes[byte] & (0x80U >> i % 8)) == 0) {
            continue;
        }
        add_reason(&status.reasons, errors_of[i].reason);
        /* It finishes a sheet first. */
        if (errors_of[i].stops && strcmp(status.state, "processing") != 0) {
            (void)snprintf(status.state, sizeof status.state, "stopped");
        }
    }
    if (status.reasons.length == 0) {
        add_reason(&status.reasons, "none");
    }
    *ret = status;
    return true;
}

/* Counters ------------------------------------------------------------------------------------- */

enum { UNIT_IMPRESSIONS = 7, UNIT_SHEETS = 8 };

bool snmp_read_counters(const struct snmp_value *unit, const struct snmp_value *life,
                        struct device_counters *ret)
{
    const int64_t count = snmp_number(life, DEVICE_UNKNOWN);
    const int64_t of = snmp_number(unit, 0);
    if (count < 0 || (of != UNIT_IMPRESSIONS && of != UNIT_SHEETS)) {
        return false;
    }
    *ret = (struct device_counters){.impressions = of == UNIT_IMPRESSIONS ? count : DEVICE_UNKNOWN,
                                    .color_impressions = DEVICE_UNKNOWN,
                                    .media_sheets = of == UNIT_SHEETS ? count : DEVICE_UNKNOWN};
    return true;
}

/* Supplies ------------------------------------------------------------------------------------- */

/** prtMarkerSuppliesType (IANA-PRINTER-MIB), with a name for those that are not described. */
static const struct {
    int number;
    enum device_supply_kind kind;
    const char *name;
} types[] = {{3, DEVICE_TONER, "toner"},
             {4, DEVICE_WASTE, "waste toner"},
             {5, DEVICE_INK, "ink"},
             {6, DEVICE_INK, "ink cartridge"},
             {7, DEVICE_INK, "ink ribbon"},
             {8, DEVICE_WASTE, "waste ink"},
             {9, DEVICE_DRUM, "drum"},
             {12, DEVICE_INK, "solid wax"},
             {13, DEVICE_WASTE, "waste wax"},
             {14, DEVICE_WASTE, "waste wax"},
             {15, DEVICE_FUSER, "fuser"},
             {21, DEVICE_TONER, "toner cartridge"},
             {24, DEVICE_WASTE, "waste water"},
             {26, DEVICE_WASTE, "waste paper"}};

void snmp_read_supply(const struct snmp_supply *row, struct device_supply *ret)
{
    struct device_supply supply = {.kind = DEVICE_OTHER_SUPPLY};
    const int64_t type = snmp_number(&row->type, 0);
    snmp_text(&row->description, supply.name, sizeof supply.name);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].number == type) {
            supply.kind = types[i].kind;
            if (supply.name[0] == '\0') {
                (void)snprintf(supply.name, sizeof supply.name, "%s", types[i].name);
            }
        }
    }
    snmp_text(&row->color, supply.color, sizeof supply.color);
    if (strcasecmp(supply.color, "none") == 0 || strcasecmp(supply.color, "unknown") == 0 ||
        strcasecmp(supply.color, "other") == 0) {
        supply.color[0] = '\0';
    }
    supply_judge(&supply, snmp_number(&row->level, -2), snmp_number(&row->capacity, -2),
                 SUPPLY_LOW_PERCENT);
    *ret = supply;
}

/* Overwriting ---------------------------------------------------------------------------------- */

/* HP-LASERJET-COMMON-MIB: two bits, of which one at most is set: cEraseMode0 overwrites once,
 * cEraseMode1 three times, none not at all. Which end of the bytes they are counted from it leaves
 * open; either is taken, nothing else. */
enum { MODE_BYTES_MAX = 8, FIRST_BITS = 0xC0, LAST_BITS = 0x03 };

enum device_overwrite snmp_read_erase_mode(const struct snmp_value *mode)
{
    unsigned bits = 0;
    if (mode->kind != SNMP_BYTES || mode->length == 0 || mode->length > MODE_BYTES_MAX) {
        return DEVICE_OVERWRITE_UNKNOWN;
    }
    for (size_t i = 0; i < mode->length; i++) {
        const unsigned own = (i == 0 ? FIRST_BITS : 0U) | (i + 1 == mode->length ? LAST_BITS : 0U);
        if ((mode->bytes[i] & ~own) != 0) {
            return DEVICE_OVERWRITE_UNKNOWN;
        }
        for (unsigned bit = mode->bytes[i]; bit != 0; bit &= bit - 1) {
            bits++;
        }
    }
    return bits == 0   ? DEVICE_OVERWRITE_OFF
           : bits == 1 ? DEVICE_OVERWRITE_ON
                       : DEVICE_OVERWRITE_UNKNOWN;
}
