/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The ladder of levels in printroom.conf; private to the settings files. */
#ifndef DAEMON_SETTINGS_LEVELS_H
#define DAEMON_SETTINGS_LEVELS_H

#include <confuse.h>

#include "policy/level.h"

extern cfg_opt_t settings_level_options[];

/** Checks of what a level asks of those who print it; ids and names are settings.c's. */
void settings_levels_set_checks(cfg_t *cfg);
/** Takes the checked `level` sections over; without any, the default ladder. */
void settings_levels_take(cfg_t *cfg, struct policy_ladder *ladder);

#endif
