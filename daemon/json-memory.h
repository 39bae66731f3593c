/* SPDX-License-Identifier: GPL-2.0-or-later */
/** JSON may hold passwords: jansson's memory is wiped when it is given back. */
#ifndef DAEMON_JSON_MEMORY_H
#define DAEMON_JSON_MEMORY_H

/** For main(), before jansson is used for the first time. */
void json_memory_wipe(void);

#endif
