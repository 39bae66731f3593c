/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/settings-devices.h"

#include <stdio.h>
#include <string.h>

#include "daemon/settings-rules.h"

cfg_opt_t settings_devices_options[] = {
    CFG_INT("purge-timeout", 300, CFGF_NONE),
    CFG_INT("step-timeout", 10, CFGF_NONE),
    CFG_INT("supply-low-percent", 15, CFGF_NONE),
    CFG_INT("counter-tolerance", 5, CFGF_NONE),
    CFG_STR_LIST("residue", NULL, CFGF_NONE),
    CFG_STR_LIST("keep-folders", NULL, CFGF_NONE),
    CFG_BOOL("purge-jobs", cfg_false, CFGF_NONE),
    CFG_STR("snmp-community", "public", CFGF_NONE),
    CFG_END(),
};

static int check_range(cfg_t *cfg, cfg_opt_t *option)
{
    static const struct settings_range ranges[] = {
        {"purge-timeout", 5, 3600},
        {"step-timeout", 1, 600},
        {"supply-low-percent", 0, 100},
        {"counter-tolerance", 0, 1000000},
    };

    return settings_check_range(cfg, option, ranges, sizeof ranges / sizeof ranges[0]);
}

/* Called after each value of the list: the latest is looked at. */
static int check_residue(cfg_t *cfg, cfg_opt_t *option)
{
    static const char *const words[] = {"fonts", "macros", "history"};
    unsigned length = cfg_opt_size(option);
    const char *word = settings_latest(option);
    bool known = false;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        known = known || strcmp(word, words[i]) == 0;
    }
    for (unsigned i = 0; i + 1 < length; i++) {
        known = known && strcmp(word, cfg_opt_getnstr(option, i)) != 0;
    }
    if (!known) {
        settings_complain_of(cfg->line, word,
                             "residue is made of \"fonts\", \"macros\", \"history\", each once");
    }
    return 0;
}

static int check_keep_folder(cfg_t *cfg, cfg_opt_t *option)
{
    static const struct settings_names folders = {
        .values_max = SETTINGS_KEEP_FOLDERS_MAX,
        .too_many = "there can be at most 16 keep-folders",
        .bytes = SETTINGS_KEEP_FOLDER_BYTES,
        .forbidden = "/\\",
        .wrong = "the name of a folder has between 1 and 63 bytes and no slash",
    };

    return settings_check_names(cfg, option, &folders);
}

static int check_community(cfg_t *cfg, cfg_opt_t *option)
{
    const char *community = cfg_opt_getnstr(option, 0);

    if (community[0] == '\0' || strlen(community) >= SETTINGS_COMMUNITY_BYTES) {
        settings_complain_of(cfg->line, community,
                             "snmp-community has between 1 and 64 bytes; \"none\" asks nothing");
    }
    return 0;
}

void settings_devices_set_checks(cfg_t *cfg)
{
    cfg_set_validate_func(cfg, "devices|purge-timeout", check_range);
    cfg_set_validate_func(cfg, "devices|step-timeout", check_range);
    cfg_set_validate_func(cfg, "devices|supply-low-percent", check_range);
    cfg_set_validate_func(cfg, "devices|counter-tolerance", check_range);
    cfg_set_validate_func(cfg, "devices|residue", check_residue);
    cfg_set_validate_func(cfg, "devices|keep-folders", check_keep_folder);
    cfg_set_validate_func(cfg, "devices|snmp-community", check_community);
}

void settings_devices_take(cfg_t *cfg, struct settings_devices *devices)
{
    cfg_t *section = cfg_getsec(cfg, "devices");
    int length = 0;

    devices->purge_timeout_s = (unsigned)cfg_getint(section, "purge-timeout");
    devices->step_timeout_s = (unsigned)cfg_getint(section, "step-timeout");
    devices->supply_low_percent = (unsigned)cfg_getint(section, "supply-low-percent");
    devices->counter_tolerance = cfg_getint(section, "counter-tolerance");
    devices->purge_jobs = cfg_getbool(section, "purge-jobs");
    snprintf(devices->snmp_community, sizeof devices->snmp_community, "%s",
             cfg_getstr(section, "snmp-community"));
    for (unsigned i = 0; i < cfg_size(section, "residue") && length >= 0 &&
                         (size_t)length < sizeof devices->residue;
         i++) {
        length += snprintf(devices->residue + length, sizeof devices->residue - (size_t)length,
                           "%s%s", i > 0 ? "," : "", cfg_getnstr(section, "residue", i));
    }
    for (unsigned i = 0; i < cfg_size(section, "keep-folders") && i < SETTINGS_KEEP_FOLDERS_MAX;
         i++) {
        snprintf(devices->keep_folders[devices->keep_folders_length++], SETTINGS_KEEP_FOLDER_BYTES,
                 "%s", cfg_getnstr(section, "keep-folders", i));
    }
}
