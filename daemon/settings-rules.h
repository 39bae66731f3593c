/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The sections of printroom.conf with the rules of the print room; private to the settings files.
 */
#ifndef DAEMON_SETTINGS_RULES_H
#define DAEMON_SETTINGS_RULES_H

#include <confuse.h>
#include <stddef.h>

#include "policy/decide.h"

extern cfg_opt_t settings_duplicates_options[];
extern cfg_opt_t settings_largest_job_options[];
extern cfg_opt_t settings_duplex_options[];
extern cfg_opt_t settings_grayscale_options[];
extern cfg_opt_t settings_electronic_options[];
extern cfg_opt_t settings_urgent_options[];
extern cfg_opt_t settings_hours_options[];

void settings_rules_set_checks(cfg_t *cfg);
/** Takes the sections over. The ladder must have been taken already. */
void settings_rules_take(cfg_t *cfg, struct policy_settings *policy);

/* What settings.c lends. */

/** Reports a mistake at the first word of the line. */
void settings_complain(int line, const char *message);
/** Reports a mistake at this text in quotes in the line: for the values of a list. */
void settings_complain_of(int line, const char *text, const char *message);

/** The latest value of a list: a check is called after each. */
const char *settings_latest(cfg_opt_t *option);

/** What the names in a list have to keep to. */
struct settings_names {
    unsigned values_max;
    const char *too_many;  /**< the words when there are more */
    size_t bytes;          /**< with its NUL; a name has one byte at least */
    const char *forbidden; /**< characters that none has */
    const char *wrong;     /**< the words when it has them, or another length */
};
/** Reports the latest name of a list that does not. 0, as libconfuse wants it. */
int settings_check_names(cfg_t *cfg, cfg_opt_t *option, const struct settings_names *allowed);

/** The least and the greatest value of a key, by its name. */
struct settings_range {
    const char *name;
    long min;
    long max;
};
/** Reports a number outside of the range its key has. 0, as libconfuse wants it. */
int settings_check_range(cfg_t *cfg, cfg_opt_t *option, const struct settings_range *allowed,
                         size_t length);

#endif
