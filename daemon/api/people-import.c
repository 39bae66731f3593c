/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * People from a table: login,name,department,role[;role…], one a line.
 *
 * All or nothing: everything is written in one transaction as the lines are read, and rolled back
 * when any line is wrong. Reading goes on after a mistake, so that all of them are named at once.
 * Who is registered already is changed, so that the same file can be sent again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/csv.h"
#include "daemon/api/encoding.h"
#include "daemon/api/handlers.h"
#include "daemon/api/resource.h"
#include "daemon/error.h"
#include "daemon/jobs/reconsider.h"

enum { COLUMN_LOGIN, COLUMN_NAME, COLUMN_DEPARTMENT, COLUMN_ROLES, COLUMNS };
enum { MISTAKES_MAX = 100 };

struct upload {
    char *text;
    size_t length;
    size_t size;
};

struct import {
    struct api_request *request;
    struct store_tx *tx;
    json_t *mistakes;
    json_t *seen; /* login: its line */
    unsigned added;
    unsigned changed;
    unsigned unchanged;
};

enum mistake {
    MISTAKE_QUOTE_OPEN,
    MISTAKE_QUOTE_INSIDE,
    MISTAKE_AFTER_QUOTE,
    MISTAKE_COLUMNS,
    MISTAKE_NUL,
    MISTAKE_LOGIN,
    MISTAKE_NAME,
    MISTAKE_DEPARTMENT,
    MISTAKE_ROLE,
    MISTAKE_ROLES,
    MISTAKE_TWICE,
    MISTAKE_OWN,
    MISTAKE_NOBODY,
    MISTAKES
};
static const char *const mistake_words[][POLICY_LANGUAGES] = {
    [MISTAKE_QUOTE_OPEN] = {"a quotation mark is never closed", "引号没有闭合"},
    [MISTAKE_QUOTE_INSIDE] = {"a quotation mark stands inside a field; put the whole field into "
                              "quotation marks and double this one",
                              "字段中间出现引号；请给整个字段加引号，并将其中的引号写两遍"},
    [MISTAKE_AFTER_QUOTE] = {"something follows a closing quotation mark",
                             "闭合引号之后还有其他字符"},
    [MISTAKE_COLUMNS] = {"there must be four columns: login,name,department,role[;role…]",
                         "应有四列：登录名,姓名,部门代码,角色[;角色…]"},
    [MISTAKE_NUL] = {"there is a NUL byte: is this a CSV file?", "含有空字节，这是 CSV 文件吗？"},
    [MISTAKE_LOGIN] = {"\"{a}\" cannot be a login: 1 to 64 bytes of UTF-8 without spaces and '/'",
                       "“{a}”不能作为登录名：1 至 64 字节的 UTF-8，不含空格和“/”"},
    [MISTAKE_NAME] = {"\"{a}\" cannot be a name: 1 to 100 visible characters of UTF-8",
                      "“{a}”不能作为姓名：1 至 100 个可见的 UTF-8 字符"},
    [MISTAKE_DEPARTMENT] = {"there is no active department \"{a}\"; add it first "
                            "(printroom department add)",
                            "没有在用的部门“{a}”，请先添加（printroom department add）"},
    [MISTAKE_ROLE] = {"there is no role \"{a}\"", "没有角色“{a}”"},
    [MISTAKE_ROLES] = {"administration, security and audit are kept apart: \"{a}\" cannot be one "
                       "person's roles",
                       "系统管理、安全保密、审计三权分立：“{a}”不能由一人兼任"},
    [MISTAKE_TWICE] = {"\"{a}\" stands in line {b} already", "“{a}”在第 {b} 行已出现"},
    [MISTAKE_OWN] = {"\"{a}\" is you: nobody changes their own roles",
                     "“{a}”是您本人：任何人不得更改自己的角色"},
    [MISTAKE_NOBODY] = {"there is nobody in this table", "表中没有任何人员"},
};
_Static_assert(sizeof mistake_words / sizeof mistake_words[0] == MISTAKES, "words for all");

static void add_mistake(struct import *import, unsigned line, enum mistake mistake, const char *a,
                        const char *b)
{
    char message[512];

    if (json_array_size(import->mistakes) >= MISTAKES_MAX) {
        return;
    }
    if (!utf8_valid(a, strlen(a))) {
        a = "?";
    }
    fill_places(mistake_words[mistake][import->request->language], a, b, message, sizeof message);
    json_array_append_new(import->mistakes,
                          json_pack("{s:i, s:s}", "line", (int)line, "message", message));
}

/** Reads "role;role"; the text is cut up. False after a mistake. */
static bool read_roles(struct import *import, unsigned line, char *text, uint32_t *ret_roles)
{
    char whole[256];
    char *rest = NULL;
    uint32_t roles = 0;

    snprintf(whole, sizeof whole, "%.*s", (int)utf8_cut(text, strlen(text), sizeof whole - 1),
             text);
    for (char *word = strtok_r(text, "; ", &rest); word != NULL;
         word = strtok_r(NULL, "; ", &rest)) {
        enum role role;

        if (!role_parse(word, &role)) {
            add_mistake(import, line, MISTAKE_ROLE, word, "");
            return false;
        }
        roles |= API_ROLE(role);
    }
    if (!roles_compatible(roles)) {
        add_mistake(import, line, MISTAKE_ROLES, whole, "");
        return false;
    }
    *ret_roles = roles != 0 ? roles : API_ROLE(ROLE_STAFF);
    return true;
}

/** The form of a line; false after a mistake. */
static bool check_line(struct import *import, const struct csv_record *record, uint32_t *ret_roles)
{
    const unsigned line = record->line;
    char earlier[16];

    if (record->length != COLUMNS) {
        add_mistake(import, line, MISTAKE_COLUMNS, "", "");
        return false;
    }
    const char *login = record->field[COLUMN_LOGIN];

    if (!person_login_valid(login)) {
        add_mistake(import, line, MISTAKE_LOGIN, login, "");
        return false;
    }
    const json_t *seen = json_object_get(import->seen, login);

    if (seen != NULL) {
        snprintf(earlier, sizeof earlier, "%d", (int)json_integer_value(seen));
        add_mistake(import, line, MISTAKE_TWICE, login, earlier);
        return false;
    }
    json_object_set_new(import->seen, login, json_integer(line));
    if (!person_name_valid(record->field[COLUMN_NAME])) {
        add_mistake(import, line, MISTAKE_NAME, record->field[COLUMN_NAME], "");
        return false;
    }
    return read_roles(import, line, record->field[COLUMN_ROLES], ret_roles);
}

/** Adds or changes; what is no answer is returned. */
static int write_person(struct import *import, const struct csv_record *record, uint32_t roles)
{
    const char *login = record->field[COLUMN_LOGIN];
    const char *actor = import->request->peer->actor;
    const struct person_change change = {
        .name = record->field[COLUMN_NAME],
        .department_code = record->field[COLUMN_DEPARTMENT],
        .roles = &roles,
    };
    struct department department;
    struct person person;
    bool changed = false;
    int result = person_find(import->tx, login, &person);

    if (result == PR_OK) {
        if (person.roles != roles && api_is_self(import->request, login)) {
            add_mistake(import, record->line, MISTAKE_OWN, login, "");
            return PR_OK;
        }
        result = person_change(import->tx, login, &change, actor, &changed);
        import->changed += changed;
        import->unchanged += !changed;
    } else if (result == PR_ENOENT) {
        result = department_find(import->tx, change.department_code, &department);
        result =
            result == PR_ENOENT || (result == PR_OK && !department.active) ? PR_ESTATE : result;
        if (result == PR_OK) {
            result = person_add(import->tx, login, change.name, change.department_code, roles,
                                actor, NULL);
            import->added++;
        }
    }
    if (result == PR_ESTATE) {
        add_mistake(import, record->line, MISTAKE_DEPARTMENT, change.department_code, "");
        return PR_OK;
    }
    return result;
}

static bool is_heading(const struct csv_record *record)
{
    return strcmp(record->field[0], "login") == 0 || strcmp(record->field[0], "登录名") == 0;
}

/** Reads all lines; mistakes are gathered, errors returned. */
static int read_table(struct import *import, char *text, size_t length)
{
    static const enum mistake by_found[] = {
        [CSV_QUOTE_OPEN] = MISTAKE_QUOTE_OPEN,
        [CSV_QUOTE_INSIDE] = MISTAKE_QUOTE_INSIDE,
        [CSV_AFTER_QUOTE] = MISTAKE_AFTER_QUOTE,
        [CSV_TOO_MANY] = MISTAKE_COLUMNS,
        [CSV_NUL] = MISTAKE_NUL,
    };
    struct csv_reader reader;
    struct csv_record record;
    enum csv_found found;
    bool first = true;
    int result = PR_OK;

    csv_begin(&reader, text, length);
    while (result == PR_OK && (found = csv_next(&reader, &record)) != CSV_END) {
        uint32_t roles;

        if (found != CSV_RECORD) {
            add_mistake(import, record.line, by_found[found], "", "");
        } else if (!(first && is_heading(&record)) && check_line(import, &record, &roles)) {
            result = write_person(import, &record, roles);
        }
        first = false;
    }
    if (result == PR_OK && json_object_size(import->seen) == 0 &&
        json_array_size(import->mistakes) == 0) {
        add_mistake(import, 1, MISTAKE_NOBODY, "", "");
    }
    return result;
}

static void import_begin(struct api_request *request, void **ret_context)
{
    *ret_context = calloc(1, sizeof(struct upload));
    if (*ret_context == NULL) {
        api_refuse(request, API_BUSY, NULL, NULL);
    }
}

static void import_data(struct api_request *request, void *context, const uint8_t *data,
                        size_t size)
{
    struct upload *upload = context;

    if (upload->length + size + 1 > upload->size) {
        size_t room = 2 * (upload->length + size + 1);
        char *grown = realloc(upload->text, room);

        if (grown == NULL) {
            api_refuse(request, API_BUSY, NULL, NULL);
            return;
        }
        upload->text = grown;
        upload->size = room;
    }
    memcpy(upload->text + upload->length, data, size);
    upload->length += size;
}

static void import_end(struct api_request *request, void *context)
{
    struct upload *upload = context;
    struct import import = {.request = request, .mistakes = json_array(), .seen = json_object()};
    char nothing[1] = "";
    int error = store_begin(request->office->store, &import.tx);

    if (error == PR_OK) {
        error = read_table(&import, upload->text != NULL ? upload->text : nothing, upload->length);
        bool wrong = json_array_size(import.mistakes) > 0;

        error = api_tx_end(import.tx, error == PR_OK && wrong ? PR_EINVAL : error);
    }
    json_decref(import.seen);
    if (error == PR_EINVAL) {
        api_refuse_list(request, API_TABLE_WRONG, import.mistakes);
        return;
    }
    json_decref(import.mistakes);
    if (error != PR_OK) {
        api_refuse_error(request, error, NULL);
        return;
    }
    jobs_reconsider(request->office);
    api_reply_json(request, 200,
                   json_pack("{s:i, s:i, s:i}", "added", (int)import.added, "changed",
                             (int)import.changed, "unchanged", (int)import.unchanged));
}

static void import_destroy(void *context)
{
    struct upload *upload = context;

    free(upload->text);
    free(upload);
}

const struct api_stream api_person_import_stream = {
    .begin = import_begin,
    .data = import_data,
    .end = import_end,
    .destroy = import_destroy,
};
