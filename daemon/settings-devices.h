/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The section `devices`: how devices are asked, what of them counts as residue of jobs. */
#ifndef DAEMON_SETTINGS_DEVICES_H
#define DAEMON_SETTINGS_DEVICES_H

#include <confuse.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    SETTINGS_KEEP_FOLDERS_MAX = 16,
    SETTINGS_KEEP_FOLDER_BYTES = 64,
    SETTINGS_COMMUNITY_BYTES = 65
};

struct settings_devices {
    unsigned purge_timeout_s;    /**< for the emptying of a device */
    unsigned step_timeout_s;     /**< for one exchange with a device, of a purge or a question */
    unsigned supply_low_percent; /**< at and below which a supply is low */
    int64_t counter_tolerance;   /**< sheets or impressions a day that need no explanation */
    /** What counts as residue beside files and jobs whose data is there, as printroom-device(8)
     * takes it after --also: "fonts,macros"; "" nothing. */
    char residue[32];
    unsigned keep_folders_length;
    char keep_folders[SETTINGS_KEEP_FOLDERS_MAX][SETTINGS_KEEP_FOLDER_BYTES];
    /** Asked by SNMP for what a device's own languages leave out; "none": it is not. */
    char snmp_community[SETTINGS_COMMUNITY_BYTES];
    bool purge_jobs; /**< the IPP operation Purge-Jobs may be used */
};

extern cfg_opt_t settings_devices_options[];
void settings_devices_set_checks(cfg_t *cfg);
/** Reads the section, which was checked. */
void settings_devices_take(cfg_t *cfg, struct settings_devices *devices);

#endif
