/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Reading the fields of a body or query by a table, so that handlers meet only values of the right
 * form. */
#ifndef DAEMON_API_FIELDS_H
#define DAEMON_API_FIELDS_H

#include "daemon/api/problem.h"
#include "daemon/api/route.h"

/** What was wrong with a field: the arguments of api_problem_document(). */
struct api_field_error {
    enum api_problem problem;
    char field[64];     /**< {a} */
    char expected[200]; /**< {b}, in the language asked for */
};

/**
 * Parses a body into a JSON object: UTF-8, no duplicate keys, nothing after its end, nested at most
 * 8 deep (so that no input can use up a thread's stack). An empty body is an empty object.
 *
 * @param ret_error   "line 1, column 7: …" on failure
 * @return a new reference, or NULL
 */
json_t *api_json_parse(const char *text, size_t length, char *ret_error, size_t error_size);

/**
 * Reads values by a table.
 *
 * @param object     its members; texts of the values point into it. A LABEL that had to be changed
 * replaces its member.
 * @param query      members are texts, as a query has them, to be read as the field's type
 * @param ret_values array of API_FIELDS_MAX, by the field's place; all members are set, "" and 0
 * for those not given
 * @return true; false with *ret_error set
 */
bool api_fields_read(const struct api_fields *fields, json_t *object, bool query,
                     enum policy_language language, struct api_value *ret_values,
                     struct api_field_error *ret_error);

#endif
