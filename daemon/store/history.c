/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/history.h"

#include "daemon/error.h"

static int call_back(const char *body, int64_t at,
                     int (*callback)(void *context, const struct history_entry *entry),
                     void *context)
{
    json_t *leaf = json_loads(body, 0, NULL);
    const struct history_entry entry = {
        .at = at,
        .actor = json_string_value(json_object_get(leaf, "actor")),
        .event = json_string_value(json_object_get(leaf, "event")),
        .detail = json_object_get(leaf, "detail"),
    };
    int result = PR_EDB;

    if (entry.actor != NULL && entry.event != NULL && entry.detail != NULL) {
        result = callback(context, &entry);
    }
    json_decref(leaf);
    return result;
}

int history_each(struct store_tx *tx, enum history_kind kind, const char *object, unsigned most,
                 int (*callback)(void *context, const struct history_entry *entry), void *context)
{
    static const char *const kinds[] = {
        [HISTORY_PERSON] = "person", [HISTORY_DEPARTMENT] = "department"};
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT at, body FROM (SELECT l.leaf, l.at, l.body FROM history AS h"
                            " JOIN audit_leaf AS l USING (leaf) WHERE h.kind = ?1 AND h.object = ?2"
                            " ORDER BY h.leaf DESC LIMIT ?3) ORDER BY leaf");
    int step;

    store_bind_text(statement, 1, kinds[kind]);
    store_bind_text(statement, 2, object);
    store_bind_int(statement, 3, most);
    while ((step = store_step(tx, statement)) > 0) {
        const char *body = (const char *)sqlite3_column_text(statement, 1);
        int result = body == NULL
                         ? PR_ENOMEM
                         : call_back(body, sqlite3_column_int64(statement, 0), callback, context);

        if (result != PR_OK) {
            return result;
        }
    }
    return step;
}
