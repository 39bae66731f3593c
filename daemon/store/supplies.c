/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/store/supplies.h"

#include <stdlib.h>

#include "daemon/error.h"
#include "daemon/store/audit.h"
#include "daemon/store/rows.h"
#include "daemon/store/text.h"

enum { ITEM_CHARACTERS_MAX = 100, NOTE_CHARACTERS_MAX = 200 };

static int insert_supply(struct store_tx *tx, int64_t device, size_t place, const json_t *line)
{
    sqlite3_stmt *statement = store_statement(
        tx, "INSERT INTO supply (device, place, name, kind, color, level_percent, state, seen_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    const json_t *level = json_object_get(line, "level_percent");

    store_bind_int(statement, 1, device);
    store_bind_int(statement, 2, (int64_t)place);
    store_bind_text(statement, 3, json_string_value(json_object_get(line, "name")));
    store_bind_text(statement, 4, json_string_value(json_object_get(line, "kind")));
    store_bind_text(statement, 5, json_string_value(json_object_get(line, "color")));
    if (json_is_integer(level)) {
        int64_t percent = json_integer_value(level);

        store_bind_int(statement, 6, percent > 100 ? 100 : percent);
    }
    store_bind_text(statement, 7, json_string_value(json_object_get(line, "state")));
    store_bind_int(statement, 8, store_now_ms());
    return store_step(tx, statement);
}

int supplies_set(struct store_tx *tx, int64_t device, const json_t *lines)
{
    sqlite3_stmt *statement = store_statement(tx, "DELETE FROM supply WHERE device = ?1");
    size_t place;
    json_t *line;

    store_bind_int(statement, 1, device);
    int result = store_step(tx, statement);

    json_array_foreach(lines, place, line)
    {
        if (result == PR_OK && json_object_get(line, "level_percent") != NULL) {
            result = insert_supply(tx, device, place, line);
        }
    }
    return result;
}

int supplies_list(struct store_tx *tx, int64_t device, unsigned low_percent, bool low_only,
                  json_t *list)
{
    static const struct row_column columns[] = {{"device", ROW_TEXT},
                                                {"name", ROW_TEXT},
                                                {"kind", ROW_TEXT},
                                                {"color", ROW_TEXT},
                                                {"level_percent", ROW_NUMBER},
                                                {"state", ROW_TEXT},
                                                {"low", ROW_BOOLEAN},
                                                {"seen_at", ROW_MOMENT},
                                                {NULL, ROW_TEXT}};
    sqlite3_stmt *statement = store_statement(
        tx, "SELECT * FROM (SELECT d.name, s.name, s.kind, s.color, s.level_percent, s.state,"
            " s.state IN ('low', 'empty') OR coalesce(s.level_percent <= ?2, 0) AS low, s.seen_at"
            " FROM supply AS s JOIN device AS d USING (device)"
            " WHERE iif(?1 = 0, d.active, d.device = ?1) ORDER BY d.name, s.place)"
            " WHERE low OR NOT ?3");

    store_bind_int(statement, 1, device);
    store_bind_int(statement, 2, low_percent);
    store_bind_int(statement, 3, low_only);
    return rows_read(tx, statement, columns, list);
}

/** The amount there is; PR_ENOENT when the item never came in. */
static int amount_of(struct store_tx *tx, const char *item, int64_t *ret_amount)
{
    sqlite3_stmt *statement = store_statement(tx, "SELECT amount FROM stock WHERE item = ?1");

    store_bind_text(statement, 1, item);
    int step = store_step(tx, statement);
    if (step <= 0) {
        return step < 0 ? step : PR_ENOENT;
    }
    *ret_amount = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return PR_OK;
}

static int set_item(struct store_tx *tx, const struct stock_move *move)
{
    sqlite3_stmt *statement =
        store_statement(tx, "INSERT INTO stock (item, minimum) VALUES (?1, max(?2, 0))"
                            " ON CONFLICT (item) DO UPDATE SET minimum = iif(?2 < 0, minimum, ?2)");

    store_bind_text(statement, 1, move->item);
    store_bind_int(statement, 2, move->minimum);
    return store_step(tx, statement);
}

static int insert_move(struct store_tx *tx, const struct stock_move *move, int64_t device,
                       const char *actor)
{
    sqlite3_stmt *statement =
        store_statement(tx, "INSERT INTO stock_move (item, change, device, note, actor, at)"
                            " VALUES (?1, ?2, nullif(?3, 0), ?4, ?5, ?6)");

    store_bind_text(statement, 1, move->item);
    store_bind_int(statement, 2, move->change);
    store_bind_int(statement, 3, device);
    store_bind_text(statement, 4, move->note);
    store_bind_text(statement, 5, actor);
    store_bind_int(statement, 6, store_now_ms());
    return store_step(tx, statement);
}

int stock_book(struct store_tx *tx, const struct stock_move *move, const char *actor)
{
    struct device_record device = {.key = 0};
    int64_t amount = 0;

    if (!text_is_line(move->item, 1, ITEM_CHARACTERS_MAX, STOCK_ITEM_BYTES) || move->change == 0 ||
        move->change < -STOCK_CHANGE_MAX || move->change > STOCK_CHANGE_MAX ||
        !text_is_line(move->note, 0, NOTE_CHARACTERS_MAX, STOCK_NOTE_BYTES)) {
        return PR_EINVAL;
    }
    int result = move->device[0] != '\0' ? device_find(tx, move->device, &device) : PR_OK;
    if (result != PR_OK) {
        return result;
    }
    result = amount_of(tx, move->item, &amount);
    if (result != PR_OK && (result != PR_ENOENT || move->change < 0)) {
        return result;
    }
    if (amount + move->change < 0) {
        return PR_EBALANCE;
    }
    result = set_item(tx, move);
    if (result == PR_OK) {
        result = insert_move(tx, move, device.key, actor);
    }
    return result != PR_OK
               ? result
               : audit_append_made(
                     tx, actor, move->change > 0 ? "stock.add" : "stock.use", move->item,
                     json_pack("{s:I, s:s, s:I, s:s}", "change", (json_int_t)move->change, "device",
                               move->device, "minimum", (json_int_t)move->minimum, "note",
                               move->note));
}

int stock_list(struct store_tx *tx, const char *item, bool low_only, json_t *list)
{
    static const struct row_column columns[] = {{"item", ROW_TEXT},
                                                {"amount", ROW_NUMBER},
                                                {"minimum", ROW_NUMBER},
                                                {"low", ROW_BOOLEAN},
                                                {NULL, ROW_TEXT}};
    sqlite3_stmt *statement =
        store_statement(tx, "SELECT item, amount, minimum, amount < minimum FROM stock"
                            " WHERE (?1 IS NULL OR item = ?1) AND (NOT ?2 OR amount < minimum)"
                            " ORDER BY item");

    store_bind_text(statement, 1, item);
    store_bind_int(statement, 2, low_only);
    return rows_read(tx, statement, columns, list);
}
