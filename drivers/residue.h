/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What of the things on a device is residue of jobs. */
#ifndef DRIVERS_RESIDUE_H
#define DRIVERS_RESIDUE_H

#include "drivers/driver.h"

/**
 * What counts as residue beside jobs whose data is there and files. The default, all zero: fonts,
 * macros and the names of jobs whose data is gone stay.
 */
struct residue_rules {
    bool fonts, macros, history;
    size_t keep_length;
    const char *keep[DEVICE_KEEP_MAX]; /**< names of folders whose files stay; borrowed */
};

/**
 * What a file is by the folders that it lies in: `fonts`, `macros` and the like, at any depth.
 *
 * @param path  folders divided by '/' or '\'; a volume in front (`0:\`, `%disk0%`) is no folder
 */
enum device_nature residue_nature(const struct residue_rules *rules, const char *path);

/** Whether the rules want it deleted. */
bool residue_is(const struct residue_rules *rules, enum device_nature nature);

#endif
