/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What a level of the ladder asks of those who print it: term, stamp, areas. */
#ifndef DAEMON_SETTINGS_LEVELS_H
#define DAEMON_SETTINGS_LEVELS_H

#include <confuse.h>

#include "policy/level.h"

void settings_levels_set_checks(cfg_t *cfg);
/** Reads years, stamp and areas of a `level` section that was checked. */
void settings_levels_take(cfg_t *section, struct policy_level *level);

#endif
