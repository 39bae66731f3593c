/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/settings-levels.h"

#include <stdio.h>
#include <string.h>

#include "daemon/settings-rules.h"

static int check_years(cfg_t *cfg, cfg_opt_t *option)
{
    static const struct settings_range range[] = {{"years", 0, POLICY_LEVEL_YEARS_MAX}};

    return settings_check_range(cfg, option, range, 1);
}

/* Called after each value of the list: the latest is looked at. */
static int check_area(cfg_t *cfg, cfg_opt_t *option)
{
    unsigned length = cfg_opt_size(option);
    const char *area = cfg_opt_getnstr(option, length - 1);

    if (length > POLICY_LEVEL_AREAS_MAX) {
        settings_complain_of(cfg->line, area, "a level has at most four areas");
    } else if (area[0] == '\0' || strlen(area) >= POLICY_AREA_BYTES) {
        settings_complain_of(cfg->line, area, "an area's name has between 1 and 127 bytes");
    }
    return 0;
}

void settings_levels_set_checks(cfg_t *cfg)
{
    cfg_set_validate_func(cfg, "level|years", check_years);
    cfg_set_validate_func(cfg, "level|areas", check_area);
}

void settings_levels_take(cfg_t *section, struct policy_level *level)
{
    level->years = (unsigned)cfg_getint(section, "years");
    level->stamp = cfg_getbool(section, "stamp");
    for (unsigned i = 0; i < cfg_size(section, "areas") && i < POLICY_LEVEL_AREAS_MAX; i++) {
        snprintf(level->areas[level->areas_length++], POLICY_AREA_BYTES, "%s",
                 cfg_getnstr(section, "areas", i));
    }
}
