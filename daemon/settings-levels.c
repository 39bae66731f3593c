/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/settings-levels.h"

#include <stdio.h>
#include <string.h>

#include "daemon/settings-rules.h"
#include "daemon/store/people.h"

static int check_years(cfg_t *cfg, cfg_opt_t *option)
{
    static const struct settings_range range[] = {{"years", 0, POLICY_LEVEL_YEARS_MAX}};

    return settings_check_range(cfg, option, range, 1);
}

static int check_area(cfg_t *cfg, cfg_opt_t *option)
{
    static const struct settings_names areas = {
        .values_max = POLICY_LEVEL_AREAS_MAX,
        .too_many = "a level has at most four areas",
        .bytes = POLICY_AREA_BYTES,
        .forbidden = "",
        .wrong = "an area's name has between 1 and 127 bytes",
    };

    return settings_check_names(cfg, option, &areas);
}

/* "role:director", "department:office" or "person:wang" into the set; "nobody" empties it for good.
 * False when it is none of these, or they are more than fit. */
static bool add_people(const char *text, struct policy_people *people)
{
    static const char *const kinds[] = {"role:", "department:", "person:"};
    size_t kind = 0;
    enum role role;

    if (strcmp(text, "nobody") == 0) {
        people->nobody = true;
        return true;
    }
    while (kind < 3 && strncmp(text, kinds[kind], strlen(kinds[kind])) != 0) {
        kind++;
    }
    const char *name = kind < 3 ? text + strlen(kinds[kind]) : "";

    if (kind == 0 && role_parse(name, &role)) {
        people->roles |= 1U << role;
        return true;
    }
    if (kind == 0 || name[0] == '\0' || strlen(name) >= POLICY_PEOPLE_NAME_BYTES ||
        people->names_length >= POLICY_PEOPLE_MAX) {
        return false;
    }
    struct policy_people_name *added = &people->names[people->names_length++];

    added->department = kind == 1;
    snprintf(added->name, sizeof added->name, "%s", name);
    return true;
}

/* Called after each value of the list: the latest is looked at, and whether "nobody" stands alone.
 */
static int check_people(cfg_t *cfg, cfg_opt_t *option)
{
    unsigned length = cfg_opt_size(option);
    const char *text = settings_latest(option);
    struct policy_people people = {.names_length = 0};

    if (length > POLICY_PEOPLE_MAX) {
        settings_complain_of(cfg->line, text, "this list has at most sixteen names");
    } else if (!add_people(text, &people)) {
        settings_complain_of(cfg->line, text,
                             "people are written as \"role:director\", \"department:office\" "
                             "or \"person:wang\", or the list is {\"nobody\"}");
    } else if (length > 1 && (people.nobody || strcmp(cfg_opt_getnstr(option, 0), "nobody") == 0)) {
        settings_complain_of(cfg->line, text, "\"nobody\" stands alone");
    }
    return 0;
}

static int check_approval(cfg_t *cfg, cfg_opt_t *option)
{
    const char *word = cfg_opt_getnstr(option, 0);
    enum policy_approval approval;

    if (!policy_approval_parse(word, &approval)) {
        settings_complain_of(
            cfg->line, word,
            "approval is \"none\", \"department-head\", \"director\" or \"external\"");
    }
    return 0;
}

static int check_overnight(cfg_t *cfg, cfg_opt_t *option)
{
    const char *word = cfg_opt_getnstr(option, 0);

    if (strcmp(word, "keep") != 0 && strcmp(word, "purge") != 0) {
        settings_complain_of(cfg->line, word, "overnight is \"keep\" or \"purge\"");
    }
    return 0;
}

void settings_levels_set_checks(cfg_t *cfg)
{
    cfg_set_validate_func(cfg, "level|may-print", check_people);
    cfg_set_validate_func(cfg, "level|may-copy", check_people);
    cfg_set_validate_func(cfg, "level|approval", check_approval);
    cfg_set_validate_func(cfg, "level|overnight", check_overnight);
    cfg_set_validate_func(cfg, "level|years", check_years);
    cfg_set_validate_func(cfg, "level|areas", check_area);
}

static void take_people(cfg_t *section, const char *key, struct policy_people *people)
{
    for (unsigned i = 0; i < cfg_size(section, key); i++) {
        (void)add_people(cfg_getnstr(section, key, i), people);
    }
}

static void take_level(cfg_t *section, struct policy_level *level)
{
    snprintf(level->id, sizeof level->id, "%s", cfg_title(section));
    snprintf(level->name_zh, sizeof level->name_zh, "%s", cfg_getstr(section, "name-zh"));
    snprintf(level->name_en, sizeof level->name_en, "%s", cfg_getstr(section, "name-en"));
    take_people(section, "may-print", &level->may_print);
    take_people(section, "may-copy", &level->may_copy);
    (void)policy_approval_parse(cfg_getstr(section, "approval"), &level->approval);
    level->supervised = cfg_getbool(section, "supervised");
    level->copies_max = (unsigned)cfg_getint(section, "copies-max");
    level->years = (unsigned)cfg_getint(section, "years");
    level->stamp = cfg_getbool(section, "stamp");
    level->archive = cfg_getbool(section, "archive");
    level->purge = strcmp(cfg_getstr(section, "overnight"), "purge") == 0;
    for (unsigned i = 0; i < cfg_size(section, "areas") && i < POLICY_LEVEL_AREAS_MAX; i++) {
        snprintf(level->areas[level->areas_length++], POLICY_AREA_BYTES, "%s",
                 cfg_getnstr(section, "areas", i));
    }
}

void settings_levels_take(cfg_t *cfg, struct policy_ladder *ladder)
{
    unsigned levels = cfg_size(cfg, "level");

    policy_ladder_default(ladder);
    if (levels == 0) {
        return;
    }
    memset(ladder, 0, sizeof *ladder);
    for (unsigned i = 0; i < levels && i < POLICY_LEVELS_MAX; i++) {
        take_level(cfg_getnsec(cfg, "level", i), &ladder->level[ladder->levels++]);
    }
}

/* The keys and their defaults; policy/printroom.conf explains them. */
cfg_opt_t settings_level_options[] = {
    CFG_STR("name-zh", "", CFGF_NONE),
    CFG_STR("name-en", "", CFGF_NONE),
    CFG_STR_LIST("may-print", NULL, CFGF_NONE),
    CFG_STR_LIST("may-copy", NULL, CFGF_NONE),
    CFG_STR("approval", "none", CFGF_NONE),
    CFG_BOOL("supervised", cfg_false, CFGF_NONE),
    CFG_INT("copies-max", 0, CFGF_NONE),
    CFG_INT("years", 0, CFGF_NONE),
    CFG_BOOL("stamp", cfg_false, CFGF_NONE),
    CFG_STR_LIST("areas", NULL, CFGF_NONE),
    CFG_BOOL("archive", cfg_false, CFGF_NONE),
    CFG_STR("overnight", "keep", CFGF_NONE),
    CFG_END(),
};
