/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/api/match.h"

#include <string.h>

#include "daemon/api/encoding.h"

static const char *const method_names[] = {
    [API_GET] = "GET",
    [API_POST] = "POST",
    [API_PUT] = "PUT",
    [API_DELETE] = "DELETE",
};
_Static_assert(sizeof method_names / sizeof method_names[0] == API_METHODS,
               "every method has its name");

bool api_method_parse(const char *name, enum api_method *ret_method)
{
    if (strcmp(name, "HEAD") == 0) {
        *ret_method = API_GET;
        return true;
    }
    for (size_t i = 0; i < API_METHODS; i++) {
        if (strcmp(name, method_names[i]) == 0) {
            *ret_method = (enum api_method)i;
            return true;
        }
    }
    return false;
}

const char *api_method_name(enum api_method method)
{
    return method_names[method];
}

/** Decodes the segment at *path (which points behind its '/') and moves *path to the next '/' or
 * the end. */
static bool next_segment(const char **path, char segment[API_PARAMETER_BYTES])
{
    size_t length = strcspn(*path, "/");
    const char *start = *path;

    *path += length;
    return length > 0 && percent_decode(start, length, segment, API_PARAMETER_BYTES) &&
           !utf8_has_control(segment, strlen(segment)) && strcmp(segment, ".") != 0 &&
           strcmp(segment, "..") != 0;
}

static bool pattern_matches(const char *pattern, const char *path,
                            char parameter[API_PARAMETERS_MAX][API_PARAMETER_BYTES])
{
    size_t parameters = 0;

    while (*pattern == '/' && *path == '/') {
        char segment[API_PARAMETER_BYTES];
        size_t length = strcspn(++pattern, "/");

        path++;
        if (!next_segment(&path, segment)) {
            return false;
        }
        if (pattern[0] == '{') {
            if (parameters == API_PARAMETERS_MAX) {
                return false;
            }
            memcpy(parameter[parameters++], segment, strlen(segment) + 1);
        } else if (strlen(segment) != length || strncmp(pattern, segment, length) != 0) {
            return false;
        }
        pattern += length;
    }
    return *pattern == '\0' && *path == '\0';
}

const struct api_route *api_match(const struct api_routes *routes, enum api_method method,
                                  const char *path,
                                  char ret_parameter[API_PARAMETERS_MAX][API_PARAMETER_BYTES],
                                  uint32_t *ret_methods)
{
    const struct api_route *found = NULL;
    uint32_t methods = 0;

    for (size_t i = 0; i < routes->length; i++) {
        char parameter[API_PARAMETERS_MAX][API_PARAMETER_BYTES] = {{0}};
        const struct api_route *route = &routes->route[i];

        if (!pattern_matches(route->pattern, path, parameter)) {
            continue;
        }
        methods |= 1u << route->method;
        if (found == NULL && route->method == method) {
            found = route;
            memcpy(ret_parameter, parameter, sizeof parameter);
        }
    }
    *ret_methods = methods;
    return found;
}

void api_methods_format(uint32_t methods, char *buffer, size_t size)
{
    size_t written = 0;

    buffer[0] = '\0';
    for (size_t i = 0; i < API_METHODS; i++) {
        const char *name = method_names[i];

        if ((methods & (1u << i)) != 0 && written + strlen(name) + 3 < size) {
            memcpy(buffer + written, name, strlen(name));
            memcpy(buffer + written + strlen(name), ", ", 3);
            written += strlen(name) + 2;
        }
    }
    for (const char *rest = (methods & (1u << API_GET)) != 0 ? "HEAD, OPTIONS" : "OPTIONS";
         *rest != '\0' && written + 1 < size; rest++) {
        buffer[written++] = *rest;
        buffer[written] = '\0';
    }
}
