/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/settings-rules.h"

#include <string.h>

#include "daemon/settings-hours.h"
#include "daemon/store/people.h"

static const struct settings_range ranges[] = {
    {"within-minutes", 0, 10080},      {"sheets", 0, 10000000}, {"above-pages", 0, 1000000},
    {"above-color-pages", 0, 1000000}, {"copies", 0, 9999},     {"per-week", 0, 1000},
};

static int check_range(cfg_t *cfg, cfg_opt_t *option)
{
    return settings_check_range(cfg, option, ranges, sizeof ranges / sizeof ranges[0]);
}

const char *settings_latest(cfg_opt_t *option)
{
    return cfg_opt_getnstr(option, cfg_opt_size(option) - 1);
}

int settings_check_names(cfg_t *cfg, cfg_opt_t *option, const struct settings_names *allowed)
{
    const char *name = settings_latest(option);

    if (cfg_opt_size(option) > allowed->values_max) {
        settings_complain_of(cfg->line, name, allowed->too_many);
    } else if (name[0] == '\0' || strlen(name) >= allowed->bytes ||
               strpbrk(name, allowed->forbidden) != NULL) {
        settings_complain_of(cfg->line, name, allowed->wrong);
    }
    return 0;
}

static int check_role(cfg_t *cfg, cfg_opt_t *option)
{
    const char *name = settings_latest(option);
    enum role role;

    if (!role_parse(name, &role)) {
        settings_complain_of(
            cfg->line, name,
            "no such role; there are staff, operator, supervisor, director, archivist, "
            "auditor and admin");
    }
    return 0;
}

static int check_hours(cfg_t *cfg, cfg_opt_t *option)
{
    const char *text = settings_latest(option);
    struct policy_settings none = {0};

    if (!settings_hours_add(text, &none)) {
        settings_complain_of(
            cfg->line, text,
            "hours are written as \"mon-fri 08:00-12:00\": a day or days of the week, and "
            "a time of the day that ends after it begins, at 24:00 at the latest");
    }
    return 0;
}

void settings_rules_set_checks(cfg_t *cfg)
{
    static const struct {
        const char *option;
        cfg_validate_callback_t check;
    } checks[] = {
        {"duplicates|within-minutes", check_range},
        {"largest-job|sheets", check_range},
        {"duplex|above-pages", check_range},
        {"grayscale|above-color-pages", check_range},
        {"e-copy|copies", check_range},
        {"urgent|per-week", check_range},
        {"urgent|roles", check_role},
        {"hours|open", check_hours},
    };

    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        cfg_set_validate_func(cfg, checks[i].option, checks[i].check);
    }
}

/* Levels are looked up when the whole ladder is known, so a mistake is pointed at in the section.
 */
static void take_gray_levels(cfg_t *section, struct policy_settings *policy)
{
    for (unsigned i = 0; i < cfg_size(section, "levels"); i++) {
        int rank = policy_ladder_find(&policy->ladder, cfg_getnstr(section, "levels", i));

        if (rank < 0) {
            settings_complain(section->line,
                              "grayscale.levels names a level the ladder does not have");
        } else {
            policy->grayscale_levels |= 1U << rank;
        }
    }
}

void settings_rules_take(cfg_t *cfg, struct policy_settings *policy)
{
    cfg_t *grayscale = cfg_getsec(cfg, "grayscale");
    cfg_t *urgent = cfg_getsec(cfg, "urgent");
    cfg_t *hours = cfg_getsec(cfg, "hours");
    enum role role;

    policy->duplicate_minutes =
        (uint32_t)cfg_getint(cfg_getsec(cfg, "duplicates"), "within-minutes");
    policy->sheets_max = (uint32_t)cfg_getint(cfg_getsec(cfg, "largest-job"), "sheets");
    policy->duplex_above = (uint32_t)cfg_getint(cfg_getsec(cfg, "duplex"), "above-pages");
    policy->electronic_copies = (uint32_t)cfg_getint(cfg_getsec(cfg, "e-copy"), "copies");
    policy->grayscale_above = (uint32_t)cfg_getint(grayscale, "above-color-pages");
    take_gray_levels(grayscale, policy);
    policy->urgent_per_week = (uint32_t)cfg_getint(urgent, "per-week");
    for (unsigned i = 0; i < cfg_size(urgent, "roles"); i++) {
        if (role_parse(cfg_getnstr(urgent, "roles", i), &role)) {
            policy->urgent_roles |= 1U << role;
        }
    }
    for (unsigned i = 0; i < cfg_size(hours, "open"); i++) {
        const char *text = cfg_getnstr(hours, "open", i);
        struct policy_settings alone = {0};

        /* What is wrong by itself has been told already. */
        if (settings_hours_add(text, &alone) && !settings_hours_add(text, policy)) {
            settings_complain(hours->line,
                              "these are more hours than fit: at most 28 times of a day");
        }
    }
}

/* The keys and their defaults; policy/printroom.conf explains them. */
static char empty_list[] = "{}";
cfg_opt_t settings_duplicates_options[] = {
    CFG_INT("within-minutes", 60, CFGF_NONE),
    CFG_END(),
};
cfg_opt_t settings_largest_job_options[] = {
    CFG_INT("sheets", 0, CFGF_NONE),
    CFG_END(),
};
cfg_opt_t settings_duplex_options[] = {
    CFG_INT("above-pages", 0, CFGF_NONE),
    CFG_END(),
};
cfg_opt_t settings_grayscale_options[] = {
    CFG_INT("above-color-pages", 0, CFGF_NONE),
    CFG_STR_LIST("levels", empty_list, CFGF_NONE),
    CFG_END(),
};
cfg_opt_t settings_electronic_options[] = {
    CFG_INT("copies", 20, CFGF_NONE),
    CFG_END(),
};
cfg_opt_t settings_urgent_options[] = {
    CFG_STR_LIST("roles", empty_list, CFGF_NONE),
    CFG_INT("per-week", 0, CFGF_NONE),
    CFG_END(),
};
cfg_opt_t settings_hours_options[] = {
    CFG_STR_LIST("open", empty_list, CFGF_NONE),
    CFG_END(),
};
