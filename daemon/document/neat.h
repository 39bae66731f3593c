/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Whether a page's content leaves things as it found them. */
#ifndef DAEMON_DOCUMENT_NEAT_H
#define DAEMON_DOCUMENT_NEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * True when what is appended to the content, after one `q` before it and one `Q` behind it, is sure
 * to be painted as if it stood alone: strings, arrays and dictionaries are closed, q and Q, BT and
 * ET, marked content (which may be hidden, ISO 32000-1 §8.11) and BX and EX are balanced, no path
 * is left unpainted, and there is nothing at which a reader may give the page up: all operators are
 * known and have their operands. False when in doubt.
 */
bool content_is_neat(const uint8_t *content, size_t size);

#endif
