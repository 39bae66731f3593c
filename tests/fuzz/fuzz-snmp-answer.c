/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values that printers give by SNMP: a byte for the kind, one for the length, then the value. (The
 * datagrams around them are net-snmp's affair.) */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/snmp-answer.h"

enum { VALUES = 5, KINDS = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

static struct snmp_value take(const uint8_t **at, const uint8_t *end)
{
    struct snmp_value value = {.kind = SNMP_NOTHING};
    if (end - *at < 2) {
        return value;
    }
    value.kind = (enum snmp_kind)((*at)[0] % KINDS);
    size_t length = (*at)[1];
    *at += 2;
    length = length < (size_t)(end - *at) ? length : (size_t)(end - *at);
    value.length = length;
    if (length > 0) {
        memcpy(value.bytes, *at, length);
        memcpy(&value.number, *at, length < sizeof value.number ? length : sizeof value.number);
    }
    *at += length;
    return value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct snmp_value values[VALUES];
    struct device_status status;
    struct device_counters counters;
    struct device_supply supply;
    const uint8_t *end = data + size;
    for (size_t i = 0; i < VALUES; i++) {
        values[i] = take(&data, end);
    }
    if (snmp_read_status(&values[0], &values[1], &status)) {
        require(status.state[0] != '\0' && status.reasons.length > 0);
        require(status.reasons.length <= DEVICE_REASONS_MAX);
    }
    if (snmp_read_counters(&values[0], &values[1], &counters)) {
        require((counters.impressions >= 0) != (counters.media_sheets >= 0));
    }
    const struct snmp_supply row = {values[0], values[1], values[2], values[3], values[4]};
    snmp_read_supply(&row, &supply);
    require(supply.level_percent >= DEVICE_UNKNOWN && supply.level_percent <= 100);
    require(strnlen(supply.name, sizeof supply.name) < sizeof supply.name);
    require(strnlen(supply.color, sizeof supply.color) < sizeof supply.color);
    const enum device_overwrite overwrite = snmp_read_erase_mode(&values[0]);
    require(overwrite != DEVICE_OVERWRITE_ON || values[0].kind == SNMP_BYTES);
    return 0;
}
