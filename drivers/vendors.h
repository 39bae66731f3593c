/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * What is known of makers, as data (vendors.c): which steps no wire can trigger and a person has to
 * take, and which folders on their volumes are the device's own.
 */
#ifndef DRIVERS_VENDORS_H
#define DRIVERS_VENDORS_H

#include "drivers/driver.h"
#include "drivers/residue.h"

enum { VENDOR_STEPS_MAX = 4, VENDOR_KEEP_MAX = 4 };

/** A step for a person, with its check list in both languages. */
struct vendor_step {
    const char *id; /**< "xerox-overwrite-now" */
    const char *english, *chinese;
};

struct vendor {
    const char *make;                  /**< as it is shown */
    const char *const *names;          /**< beginnings of what devices say, ends with NULL */
    const char *keep[VENDOR_KEEP_MAX]; /**< folders of the device itself */
    bool tells_overwrite;              /**< by SNMP, as HP does */
    struct vendor_step steps[VENDOR_STEPS_MAX]; /**< ends with an id of NULL */
};

/** The maker of a device, NULL when it is not in the table. */
const struct vendor *vendor_of(const struct device_facts *facts);

/** Adds the maker's own folders to those that are kept. */
void vendor_keep(const struct vendor *vendor, struct residue_rules *rules);

/** Fills in maker, model and serial number that the 1284 id tells and that are "" yet. */
void facts_from_device_id(struct device_facts *facts);

/** Divides "Maker Model 1" where one of both is not known yet. */
void facts_from_model(struct device_facts *facts, const char *make_and_model);

/** What the 1284 id says that the device understands. NULL is allowed. */
void languages_of_device_id(const char *device_id, bool *ret_pjl, bool *ret_postscript);

#endif
