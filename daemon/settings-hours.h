/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Hours of work as they stand in printroom.conf. */
#ifndef DAEMON_SETTINGS_HOURS_H
#define DAEMON_SETTINGS_HOURS_H

#include <stdbool.h>

#include "policy/decide.h"

/**
 * Adds hours to the settings: "mon-fri 08:00-12:00", "sat 09:00-12:00". Days: mon, tue, wed, thu,
 * fri, sat, sun; the second not before the first. Times: 00:00 … 24:00, the second after the first.
 *
 * @return false when the text is not of this form, or the hours do not fit any more; the settings
 * are untouched then
 */
bool settings_hours_add(const char *text, struct policy_settings *settings);

#endif
