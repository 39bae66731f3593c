/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/report/document.h"

#include <string.h>

#include "daemon/clock.h"
#include "daemon/error.h"
#include "daemon/store/figures.h"
#include "daemon/store/ledger.h"

struct making {
    struct store_tx *tx;
    const struct report_view *view;
    enum report_part part;
    json_t *rows;
    int64_t total[REPORT_COLUMNS]; /**< of the departments */
};

static int set_figures(json_t *row, const int64_t value[REPORT_COLUMNS])
{
    int64_t sheets = value[REPORT_SHEETS];
    int64_t permille = sheets > 0 ? (value[REPORT_DUPLEX_SHEETS] * 1000 + sheets / 2) / sheets : 0;
    int failed = 0;

    for (int i = 0; i < REPORT_COLUMNS; i++) {
        failed |= json_object_set_new(row, report_column_name((enum report_column)i),
                                      json_integer((json_int_t)value[i]));
    }
    failed |= json_object_set_new(row, "duplex_permille", json_integer((json_int_t)permille));
    return failed == 0 ? PR_OK : PR_ENOMEM;
}

/** What a row is called; for what is not known, a dash. */
static const char *name_of(const struct making *making, const struct figure_row *row)
{
    const struct policy_ladder *ladder = making->view->ladder;
    const char *name = row->name;

    if (making->part == REPORT_BY_MONTH) {
        name = row->month;
    } else if (making->part == REPORT_BY_SOURCE) {
        name = report_source_words(row->key, making->view->language);
    } else if (making->part == REPORT_BY_LEVEL) {
        int rank = policy_ladder_find(ladder, row->key);

        if (rank >= 0) {
            name = making->view->language == POLICY_CHINESE ? ladder->level[rank].name_zh
                                                            : ladder->level[rank].name_en;
        }
    }
    name = name[0] != '\0' ? name : row->key;
    return name[0] != '\0' ? name : "—";
}

/** The account beside a department's figures. */
static int set_account(struct making *making, const struct figure_row *row, json_t *object)
{
    struct department department;
    struct policy_balance balance = {0};
    int result = department_find(making->tx, row->key, &department);

    if (result == PR_OK) {
        result = ledger_peek(making->tx, department.key, row->month, &balance);
    }
    if (result != PR_OK && result != PR_ENOENT) {
        return result;
    }
    int failed = json_object_set_new(object, "allotted", json_integer(balance.allotted));

    failed |= json_object_set_new(object, "reserved", json_integer(balance.reserved));
    failed |= json_object_set_new(object, "used", json_integer(balance.used));
    failed |=
        json_object_set_new(object, "available", json_integer(policy_balance_available(&balance)));
    return failed == 0 ? PR_OK : PR_ENOMEM;
}

static int add_row(void *context, const struct figure_row *row)
{
    struct making *making = context;

    if (making->part == REPORT_BY_PERSON && making->view->person != NULL &&
        strcmp(making->view->person, row->key) != 0) {
        return PR_OK;
    }
    json_t *object =
        json_pack("{s:s, s:s}", "key", making->part == REPORT_BY_MONTH ? row->month : row->key,
                  "name", name_of(making, row));
    int result = object != NULL ? set_figures(object, row->value) : PR_ENOMEM;

    if (result == PR_OK && making->part == REPORT_BY_PERSON) {
        result = json_object_set_new(object, "department", json_string(row->department)) == 0
                     ? PR_OK
                     : PR_ENOMEM;
    }
    for (int i = 0; i < REPORT_COLUMNS && making->part == REPORT_BY_DEPARTMENT; i++) {
        making->total[i] += row->value[i];
    }
    if (json_array_append_new(making->rows, object) != 0) {
        return PR_ENOMEM;
    }
    return result;
}

/** Accounts are added when the walk is over: looking one up must not walk the same tables within
 * it. */
static int set_accounts(struct making *making)
{
    int result = PR_OK;

    for (size_t i = 0; i < json_array_size(making->rows) && result == PR_OK; i++) {
        json_t *object = json_array_get(making->rows, i);
        struct figure_row row = {.month = ""};

        memcpy(row.month, making->view->month, sizeof row.month);
        strncpy(row.key, json_string_value(json_object_get(object, "key")), sizeof row.key - 1);
        result = set_account(making, &row, object);
    }
    return result;
}

static int add_part(struct making *making, enum report_part part, json_t *document)
{
    const struct report_view *view = making->view;

    making->part = part;
    making->rows = json_array();
    int result = making->rows == NULL ? PR_ENOMEM
                                      : figure_each(making->tx, part, view->month, view->department,
                                                    add_row, making);
    if (result == PR_OK && part == REPORT_BY_DEPARTMENT) {
        result = set_accounts(making);
    }
    if (json_object_set_new(document, report_part_name(part), making->rows) != 0 &&
        result == PR_OK) {
        result = PR_ENOMEM;
    }
    return result;
}

int report_document(struct store_tx *tx, const struct report_view *view, json_t **ret_document)
{
    struct making making = {.tx = tx, .view = view};
    char now[CLOCK_TEXT_BYTES];
    int result = PR_OK;

    clock_format(store_now_ms(), now);
    json_t *document = json_pack("{s:s, s:s, s:s, s:{}}", "month", view->month, "generated_at", now,
                                 "scope", view->scope, "total");

    if (document == NULL) {
        return PR_ENOMEM;
    }
    for (int part = 0; part < REPORT_PARTS && result == PR_OK; part++) {
        result = add_part(&making, (enum report_part)part, document);
    }
    if (result == PR_OK) {
        result = set_figures(json_object_get(document, "total"), making.total);
    }
    if (result != PR_OK) {
        json_decref(document);
        return result;
    }
    *ret_document = document;
    return PR_OK;
}
