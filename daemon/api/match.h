/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Which row of a route table a request means. Pure. */
#ifndef DAEMON_API_MATCH_H
#define DAEMON_API_MATCH_H

#include "daemon/api/route.h"

/** Reads a method's name ("GET"; "HEAD" is API_GET). False when rows cannot have it. */
bool api_method_parse(const char *name, enum api_method *ret_method);
const char *api_method_name(enum api_method method);

/**
 * Finds the row for a path as it was sent (percent-encoded, without its query). Segments are split
 * first and decoded then, so %2F never makes a new segment; "." and "..", empty segments, wrong
 * escapes, control characters and what is too long match nothing.
 *
 * @param method         API_METHODS: none in particular (finds no row, but the methods)
 * @param ret_parameter  set when a row is found
 * @param ret_methods    set of (1u << enum api_method) that the path has; 0: there is no such path
 * @return the row, or NULL
 */
const struct api_route *api_match(const struct api_routes *routes, enum api_method method,
                                  const char *path,
                                  char ret_parameter[API_PARAMETERS_MAX][API_PARAMETER_BYTES],
                                  uint32_t *ret_methods);

/** Writes the methods of a set as Allow has them ("GET, HEAD, OPTIONS"). */
void api_methods_format(uint32_t methods, char *buffer, size_t size);

#endif
