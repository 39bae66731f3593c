/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/document/stamp-file.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/document/stamp-inflate.h"

enum {
    SECTIONS_MAX = 200,
    NUMBERS_MAX = 8388607,
    TOUCHED_MAX = 2 << 20,
    HELD_MAX = 64 << 20, /**< decoded object streams */
    FIELD_BYTES_MAX = 8,
};

enum where { UNKNOWN, FREE, IN_FILE, IN_STREAM };

struct entry {
    uint64_t at;         /**< offset, or number of the object stream */
    uint32_t generation; /**< or place in the object stream */
    enum where where;
};

/** A decoded object stream (§7.5.7). */
struct held {
    uint32_t number;
    uint8_t *data;
    size_t size;
    size_t first; /**< where the objects begin */
    uint32_t items;
    uint32_t *item; /**< number and offset of each */
};

struct plain_file {
    struct span bytes;
    struct object trailer;
    GArray *entries;  /**< struct entry, by number */
    GHashTable *held; /**< struct held by number */
    size_t held_bytes;
    bool holding; /**< an object stream is being decoded */
    bool mapped;
    size_t touched; /**< bytes read since the last file_give_back(), about */
    const uint8_t *last;
    struct inflater *inflater;
};

void file_give_back(const uint8_t *data, size_t size)
{
    /* The page that the file ends in has other bytes too. */
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    size_t whole = size / page_bytes * page_bytes;

    void *start = NULL;

    /* madvise() takes no const, though it changes nothing here. */
    memcpy(&start, &data, sizeof start);
    if (whole > 0) {
        madvise(start, whole, MADV_DONTNEED);
    }
}

static void free_held(gpointer data)
{
    struct held *held = data;

    g_free(held->data);
    g_free(held->item);
    g_free(held);
}

const struct object *file_trailer(const struct plain_file *file)
{
    return &file->trailer;
}

uint32_t file_numbers(const struct plain_file *file)
{
    return file->entries->len;
}

static struct span rest_at(const struct plain_file *file, uint64_t offset)
{
    size_t size = (size_t)(file->bytes.end - file->bytes.at);

    return (struct span){file->bytes.at + (offset < size ? offset : size), file->bytes.end};
}

/* Of sections that are read from the newest to the oldest, the first word counts. */
static bool add_entry(struct plain_file *file, uint64_t number, const struct entry *entry)
{
    if (number > NUMBERS_MAX) {
        return false;
    }
    if (number >= file->entries->len) {
        g_array_set_size(file->entries, (guint)number + 1);
    }
    struct entry *known = &g_array_index(file->entries, struct entry, number);

    if (known->where == UNKNOWN) {
        *known = *entry;
    }
    return true;
}

/* Streams -------------------------------------------------------------------------------------- */

/* Filters and their parameters may stand in arrays, here of one. */
static bool only_item(struct plain_file *file, struct object *object)
{
    struct object more;

    if (!file_resolve(file, object)) {
        return false;
    }
    if (object->kind == OBJECT_ARRAY) {
        struct span inside = syntax_inside(object);

        object->kind = OBJECT_NULL;
        syntax_skip_white(&inside);
        if (inside.at < inside.end &&
            (!syntax_take(&inside, object) || syntax_take(&inside, &more) ||
             !file_resolve(file, object))) {
            return false;
        }
    }
    object->kind = object->kind == OBJECT_NULL ? OBJECT_NONE : object->kind;
    return true;
}

/* Reading brings in what is near, too. */
static void touch(struct plain_file *file, const uint8_t *at, size_t size)
{
    enum { NEAR_BYTES = 1 << 16 };
    size_t way = (size_t)(at > file->last ? at - file->last : file->last - at);

    file->touched += MIN(way, NEAR_BYTES) + size;
    file->last = at;
    if (file->mapped && file->touched > TOUCHED_MAX) {
        file_give_back(file->bytes.at, (size_t)(file->bytes.end - file->bytes.at));
        file->touched = 0;
    }
}

/* The bytes of a stream as they stand in the file. */
static bool raw_data(struct plain_file *file, struct object *length, const struct span *data,
                     struct span *ret_raw)
{
    int64_t bytes = 0;

    if (data->at == NULL || !file_resolve(file, length) ||
        !syntax_integer(length, 0, data->end - data->at, &bytes)) {
        return false;
    }
    struct span after = {data->at + bytes, data->end};

    touch(file, data->at, (size_t)bytes);
    *ret_raw = (struct span){data->at, after.at};
    return syntax_take_word(&after, "endstream");
}

static bool append_plain(const struct span *raw, GByteArray *content)
{
    size_t size = (size_t)(raw->end - raw->at);

    if (size > INFLATE_BYTES_MAX || content->len > INFLATE_BYTES_MAX - size) {
        return false;
    }
    g_byte_array_append(content, raw->at, (guint)size);
    return true;
}

bool file_decode(struct plain_file *file, const struct object *dictionary, const struct span *data,
                 GByteArray *content)
{
    enum { LENGTH, FILTER, PARAMETERS, EXTERNAL, KEYS };
    static const char *const keys[KEYS] = {"/Length", "/Filter", "/DecodeParms", "/F"};
    struct object found[KEYS];
    struct span raw;

    if (!syntax_find_all(dictionary, keys, KEYS, found) ||
        !raw_data(file, &found[LENGTH], data, &raw) || !only_item(file, &found[FILTER]) ||
        !only_item(file, &found[PARAMETERS]) || found[EXTERNAL].kind != OBJECT_NONE) {
        return false;
    }
    if (found[FILTER].kind == OBJECT_NONE) {
        return append_plain(&raw, content);
    }
    if (!syntax_is_name(&found[FILTER], "/FlateDecode")) {
        return false;
    }
    if (found[PARAMETERS].kind == OBJECT_NONE) {
        return inflate_stream(file->inflater, &raw, content);
    }
    /* A prediction is taken back in place: in a buffer of its own. */
    GByteArray *own = g_byte_array_new();
    bool good =
        inflate_stream(file->inflater, &raw, own) && inflate_unpredict(&found[PARAMETERS], own);

    g_byte_array_append(content, own->data, own->len);
    g_byte_array_free(own, TRUE);
    return good;
}

/* Objects -------------------------------------------------------------------------------------- */

/* "N G obj", the object, and "endobj" or "stream". */
static bool object_at(struct plain_file *file, uint64_t offset, uint32_t number,
                      uint32_t generation, struct object *ret_object, struct span *ret_data)
{
    struct span rest = rest_at(file, offset);
    uint64_t found_number = 0, found_generation = 0;
    struct object object;

    if (rest.at == rest.end || *rest.at < '0' || *rest.at > '9' ||
        !syntax_take_number(&rest, NUMBERS_MAX, &found_number) ||
        !syntax_take_number(&rest, UINT16_MAX, &found_generation) || found_number != number ||
        found_generation != generation || !syntax_take_word(&rest, "obj") ||
        !syntax_take(&rest, &object)) {
        return false;
    }
    touch(file, rest.at, 0);
    struct span data = {NULL, NULL};

    if (object.kind == OBJECT_DICTIONARY && syntax_take_word(&rest, "stream")) {
        /* §7.3.8.1: a line feed, or carriage return and line feed. */
        rest.at += rest.end - rest.at > 2 && *rest.at == '\r';
        if (rest.at == rest.end || *rest.at != '\n') {
            return false;
        }
        data = (struct span){rest.at + 1, rest.end};
    } else if (!syntax_take_word(&rest, "endobj")) {
        return false;
    }
    *ret_object = object;
    if (ret_data != NULL) {
        *ret_data = data;
    }
    return ret_data != NULL || data.at == NULL;
}

static bool read_items(struct held *held)
{
    struct span head = {held->data, held->data + held->first};

    for (uint32_t i = 0; i < 2 * held->items; i++) {
        uint64_t value = 0;

        if (!syntax_take_number(&head, i % 2 == 0 ? NUMBERS_MAX : held->size, &value)) {
            return false;
        }
        held->item[i] = (uint32_t)value;
    }
    return true;
}

static struct held *decode_held(struct plain_file *file, uint32_t number)
{
    struct object dictionary, type, items, first;
    struct span data = {NULL, NULL};
    int64_t items_value = 0, first_value = 0;
    const struct entry *entry =
        number < file->entries->len ? &g_array_index(file->entries, struct entry, number) : NULL;
    if (entry == NULL || entry->where != IN_FILE ||
        !object_at(file, entry->at, number, 0, &dictionary, &data) ||
        !syntax_find(&dictionary, "/Type", &type) || !syntax_is_name(&type, "/ObjStm") ||
        !file_find(file, &dictionary, "/N", &items) ||
        !file_find(file, &dictionary, "/First", &first) ||
        !syntax_integer(&items, 0, 1 << 20, &items_value) ||
        !syntax_integer(&first, 0, INFLATE_BYTES_MAX, &first_value)) {
        return NULL;
    }
    GByteArray *content = g_byte_array_new();
    bool good = file_decode(file, &dictionary, &data, content) &&
                file->held_bytes + content->len <= HELD_MAX && (size_t)first_value <= content->len;

    struct held *held = g_new0(struct held, 1);

    held->number = number;
    held->size = content->len;
    held->data = g_memdup2(content->data, content->len);
    g_byte_array_free(content, TRUE);
    held->first = (size_t)first_value;
    held->items = (uint32_t)items_value;
    held->item = g_new0(uint32_t, 2 * (size_t)held->items + 1);
    if (!good || !read_items(held)) {
        free_held(held);
        return NULL;
    }
    return held;
}

static struct held *hold(struct plain_file *file, uint32_t number)
{
    struct held *held = g_hash_table_lookup(file->held, &number);

    /* What says how to decode one may not need another that is not decoded yet, least of all the
     * one it is about (§7.5.7 has no /Length in an object stream): that would have no end. */
    if (held != NULL || file->holding) {
        return held;
    }
    file->holding = true;
    held = decode_held(file, number);
    file->holding = false;
    if (held != NULL) {
        file->held_bytes += held->size;
        g_hash_table_insert(file->held, &held->number, held);
    }
    return held;
}

static bool object_in(struct plain_file *file, const struct entry *entry, uint32_t number,
                      struct object *ret_object)
{
    const struct held *held = hold(file, (uint32_t)entry->at);

    if (held == NULL || entry->generation >= held->items ||
        held->item[2 * (size_t)entry->generation] != number) {
        return false;
    }
    size_t at = held->first + held->item[2 * (size_t)entry->generation + 1];
    struct span rest = {held->data + MIN(at, held->size), held->data + held->size};

    return syntax_take(&rest, ret_object) && ret_object->kind != OBJECT_REFERENCE;
}

bool file_object(struct plain_file *file, uint32_t number, uint32_t generation,
                 struct object *ret_object, struct span *ret_data)
{
    if (number >= file->entries->len) {
        return false;
    }
    /* A copy: reading an object stream moves no entries, but nothing here should depend on it. */
    const struct entry entry = g_array_index(file->entries, struct entry, number);

    if (ret_data != NULL) {
        *ret_data = (struct span){NULL, NULL};
    }
    if (entry.where == IN_STREAM) {
        return generation == 0 && object_in(file, &entry, number, ret_object);
    }
    return entry.where == IN_FILE && entry.generation == generation &&
           object_at(file, entry.at, number, generation, ret_object, ret_data) &&
           ret_object->kind != OBJECT_REFERENCE;
}

bool file_resolve(struct plain_file *file, struct object *object)
{
    uint32_t number = 0, generation = 0;

    return object->kind != OBJECT_REFERENCE ||
           (syntax_reference(object, &number, &generation) &&
            file_object(file, number, generation, object, NULL));
}

bool file_find(struct plain_file *file, const struct object *dictionary, const char *key,
               struct object *ret_object)
{
    return syntax_find(dictionary, key, ret_object) && file_resolve(file, ret_object);
}

/* Cross-references ----------------------------------------------------------------------------- */

static bool read_digits(const uint8_t *at, size_t length, uint64_t *ret_number)
{
    uint64_t number = 0;

    for (size_t i = 0; i < length; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return false;
        }
        number = number * 10 + (uint64_t)(at[i] - '0');
    }
    *ret_number = number;
    return true;
}

/* A line of a table: ten digits, five, a letter, and two bytes of end of line (§7.5.4). */
static bool take_line(struct span *rest, struct entry *ret_entry)
{
    enum { OFFSET_DIGITS = 10, GENERATION_DIGITS = 5, LETTER = 17, END = 18, LINE_BYTES = 20 };
    const uint8_t *line = rest->at;
    uint64_t offset = 0, generation = 0;

    if (rest->end - rest->at < LINE_BYTES || !read_digits(line, OFFSET_DIGITS, &offset) ||
        !read_digits(line + OFFSET_DIGITS + 1, GENERATION_DIGITS, &generation) ||
        (line[LETTER] != 'n' && line[LETTER] != 'f')) {
        return false;
    }
    rest->at += LINE_BYTES;
    /* Entries "0000000000 00000 n" are met for objects that are not there. */
    *ret_entry = (struct entry){offset, (uint32_t)generation,
                                line[LETTER] == 'n' && offset > 0 ? IN_FILE : FREE};
    return line[OFFSET_DIGITS] == ' ' && line[LETTER - 1] == ' ' &&
           (line[END] == ' ' || line[END] == '\r') &&
           (line[END + 1] == '\n' || line[END + 1] == '\r');
}

static bool read_table(struct plain_file *file, struct span rest, struct object *ret_trailer)
{
    uint64_t first = 0, length = 0;
    struct object hybrid;

    if (!syntax_take_word(&rest, "xref")) {
        return false;
    }
    while (syntax_take_number(&rest, NUMBERS_MAX, &first)) {
        if (!syntax_take_number(&rest, NUMBERS_MAX, &length)) {
            return false;
        }
        syntax_skip_white(&rest);
        for (uint64_t i = 0; i < length; i++) {
            struct entry entry;

            if (!take_line(&rest, &entry) || !add_entry(file, first + i, &entry)) {
                return false;
            }
        }
    }
    return syntax_take_word(&rest, "trailer") && syntax_take(&rest, ret_trailer) &&
           syntax_find(ret_trailer, "/XRefStm", &hybrid) && hybrid.kind == OBJECT_NONE;
}

static uint64_t take_field(const uint8_t **at, size_t width)
{
    uint64_t value = 0;

    while (width-- > 0) {
        value = value << 8 | *(*at)++;
    }
    return value;
}

static bool read_rows(struct plain_file *file, const GByteArray *rows, const size_t width[3],
                      size_t *place, uint64_t first, uint64_t length)
{
    static const enum where kinds[] = {FREE, IN_FILE, IN_STREAM};
    size_t row = width[0] + width[1] + width[2];

    if (length > (rows->len - *place) / row) {
        return false;
    }
    for (uint64_t i = 0; i < length; i++) {
        const uint8_t *at = rows->data + *place;
        uint64_t kind = width[0] > 0 ? take_field(&at, width[0]) : 1;
        uint64_t offset = take_field(&at, width[1]);
        uint64_t generation = take_field(&at, width[2]);

        *place += row;
        if (kind > 2 || generation > UINT32_MAX || (kind == 2 && offset > NUMBERS_MAX) ||
            !add_entry(file, first + i,
                       &(struct entry){offset, (uint32_t)generation, kinds[kind]})) {
            return false;
        }
    }
    return true;
}

static bool read_widths(const struct object *trailer, size_t ret_width[3])
{
    struct object widths, width;
    int64_t value = 0;

    if (!syntax_find(trailer, "/W", &widths) || widths.kind != OBJECT_ARRAY) {
        return false;
    }
    struct span inside = syntax_inside(&widths);

    for (size_t i = 0; i < 3; i++) {
        if (!syntax_take(&inside, &width) || !syntax_integer(&width, 0, FIELD_BYTES_MAX, &value)) {
            return false;
        }
        ret_width[i] = (size_t)value;
    }
    return ret_width[1] > 0;
}

static bool read_sections(struct plain_file *file, const struct object *trailer,
                          const GByteArray *rows)
{
    struct object size, index;
    size_t width[3], place = 0;
    int64_t numbers = 0;
    uint64_t first = 0, length = 0;

    if (!read_widths(trailer, width) || !syntax_find(trailer, "/Size", &size) ||
        !syntax_integer(&size, 1, NUMBERS_MAX, &numbers) ||
        !syntax_find(trailer, "/Index", &index)) {
        return false;
    }
    if (index.kind == OBJECT_NONE) {
        return read_rows(file, rows, width, &place, 0, (uint64_t)numbers);
    }
    if (index.kind != OBJECT_ARRAY) {
        return false;
    }
    struct span inside = syntax_inside(&index);

    while (syntax_take_number(&inside, NUMBERS_MAX, &first)) {
        if (!syntax_take_number(&inside, NUMBERS_MAX, &length) ||
            !read_rows(file, rows, width, &place, first, length)) {
            return false;
        }
    }
    syntax_skip_white(&inside);
    return inside.at == inside.end;
}

static bool read_stream(struct plain_file *file, struct span rest, struct object *ret_trailer)
{
    struct span start = rest, data = {NULL, NULL};
    struct object type;
    uint64_t number = 0, generation = 0;

    if (!syntax_take_number(&rest, NUMBERS_MAX, &number) ||
        !syntax_take_number(&rest, 0, &generation) ||
        !object_at(file, (uint64_t)(start.at - file->bytes.at), (uint32_t)number, 0, ret_trailer,
                   &data) ||
        !syntax_find(ret_trailer, "/Type", &type) || !syntax_is_name(&type, "/XRef")) {
        return false;
    }
    GByteArray *rows = g_byte_array_new();
    bool good =
        file_decode(file, ret_trailer, &data, rows) && read_sections(file, ret_trailer, rows);

    g_byte_array_free(rows, TRUE);
    return good;
}

static bool read_chain(struct plain_file *file, enum xref_form form, uint64_t xref)
{
    struct object trailer, previous, encrypted;
    int64_t next = 0;

    for (int sections = 0; sections < SECTIONS_MAX; sections++) {
        struct span rest = rest_at(file, xref);

        syntax_skip_white(&rest);
        bool good = form == XREF_TABLE ? read_table(file, rest, &trailer)
                                       : read_stream(file, rest, &trailer);

        if (!good || !syntax_find(&trailer, "/Encrypt", &encrypted) ||
            encrypted.kind != OBJECT_NONE || !syntax_find(&trailer, "/Prev", &previous)) {
            return false;
        }
        if (sections == 0) {
            file->trailer = trailer;
        }
        if (previous.kind == OBJECT_NONE) {
            return true;
        }
        if (!syntax_integer(&previous, 1, file->bytes.end - file->bytes.at, &next)) {
            return false;
        }
        xref = (uint64_t)next;
    }
    return false;
}

struct plain_file *file_open(const struct plain_origin *origin)
{
    struct plain_file *file = g_new0(struct plain_file, 1);

    file->bytes = (struct span){origin->data, origin->data + origin->size};
    file->mapped = origin->mapped;
    file->last = origin->data;
    file->entries = g_array_new(FALSE, TRUE, sizeof(struct entry));
    file->held = g_hash_table_new_full(g_int_hash, g_int_equal, NULL, free_held);
    file->inflater = inflate_new();
    if (file->inflater == NULL || !read_chain(file, origin->form, origin->xref)) {
        file_close(file);
        return NULL;
    }
    return file;
}

void file_close(struct plain_file *file)
{
    if (file != NULL) {
        g_array_free(file->entries, TRUE);
        g_hash_table_destroy(file->held);
        inflate_free(file->inflater);
        g_free(file);
    }
}
