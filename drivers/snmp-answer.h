/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Reading values of the Printer MIB (RFC 3805), of HOST-RESOURCES-MIB (RFC 2790) and of HP's. They
 * are hostile, and half of the printers leave half of them out. Nothing here touches a device or
 * knows the library that fetched them.
 */
#ifndef DRIVERS_SNMP_ANSWER_H
#define DRIVERS_SNMP_ANSWER_H

#include "drivers/driver.h"

enum { SNMP_VALUE_BYTES = 256 };

enum snmp_kind {
    SNMP_NOTHING, /**< the device has no such object, or it is of a type that nothing here has */
    SNMP_NUMBER,
    SNMP_BYTES
};
struct snmp_value {
    enum snmp_kind kind;
    int64_t number; /**< of SNMP_NUMBER */
    size_t length;  /**< of SNMP_BYTES, as much as there is room for */
    unsigned char bytes[SNMP_VALUE_BYTES];
};

/** The number, or `otherwise` where there is none. */
int64_t snmp_number(const struct snmp_value *value, int64_t otherwise);

/** Bytes as text, cleaned, without blanks at its ends; "" when they are none. */
void snmp_text(const struct snmp_value *value, char *to, size_t to_bytes);

/**
 * hrPrinterStatus and hrPrinterDetectedErrorState as state and reasons of IPP.
 *
 * @return false when the device does not say how it is; ret is written otherwise, without counters
 * and names
 */
bool snmp_read_status(const struct snmp_value *state, const struct snmp_value *errors,
                      struct device_status *ret);

/**
 * prtMarkerLifeCount by its prtMarkerCounterUnit.
 *
 * @return false when it counts neither impressions nor sheets, or is no count
 */
bool snmp_read_counters(const struct snmp_value *unit, const struct snmp_value *life,
                        struct device_counters *ret);

/** A row of prtMarkerSuppliesTable. */
struct snmp_supply {
    struct snmp_value type, description, capacity, level;
    struct snmp_value color; /**< prtMarkerColorantValue */
};
void snmp_read_supply(const struct snmp_supply *row, struct device_supply *ret);

/** HP's file-system-erase-mode (HP-LASERJET-COMMON-MIB). What is not one of its three settings is
 * unknown, never on. */
enum device_overwrite snmp_read_erase_mode(const struct snmp_value *mode);

#endif
