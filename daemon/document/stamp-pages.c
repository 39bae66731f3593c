/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libqpdf makes an object of everything it meets, which costs more than all the rest of a stamp. An
 * update, though, needs little of a file: where its pages are, and their dictionaries as they are
 * written. So files that are written as the standard has them are read here, as stretches of their
 * own bytes (stamp-syntax.h, stamp-file.h), and copied without being taken apart.
 *
 * Two readers of one file must not differ about what they see: a stamp on other pages than those
 * that are printed is none. So nothing is guessed. Before the first byte is written the whole page
 * tree is walked, every dictionary that counts is checked, all contents are decoded; whatever is
 * not as expected (encryption, hybrid or broken cross-references, a page twice in the tree, a
 * /Count that lies, keys that come twice or in disguise, other filters, data that does not decode)
 * is a doubt, and a doubt anywhere leaves the whole document to libqpdf. It costs speed, never
 * correctness.
 *
 * Text handed out has no NUL: objects that have one, inside a string, are a doubt too.
 */
#include "config.h"

#include "daemon/document/stamp-pages.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "daemon/document/neat.h"
#include "daemon/error.h"

enum { DEPTH_MAX = 30, NUMBERS_MAX = 8388607, KEPT_BYTES = 1 << 20 };

/** Attributes that come down the tree (§7.7.3.4). */
struct inherited {
    struct object resources;
    struct object media_box;
    struct object crop_box;
    struct object rotate;
};

struct plain_pages {
    struct plain_file *file;
    struct object root;
    uint32_t root_number;
    uint32_t root_generation;
    GArray *pages;       /**< struct plain_page */
    GArray *covers;      /**< struct place_cover */
    GByteArray *content; /**< of the page that is read */
    uint8_t *visited;    /**< by object number */
};

enum key {
    TYPE,
    PARENT,
    KIDS,
    COUNT,
    CONTENTS,
    RESOURCES,
    MEDIA_BOX,
    CROP_BOX,
    ROTATE,
    USER_UNIT,
    ANNOTS,
    KEYS
};
static const char *const key_names[KEYS] = {
    "/Type",     "/Parent",  "/Kids",   "/Count",    "/Contents", "/Resources",
    "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Annots",
};

static bool is_text(const struct object *object)
{
    return memchr(object->text.at, '\0', (size_t)(object->text.end - object->text.at)) == NULL;
}

/* A box of four plain numbers; true, too, for one that is not there. */
static bool read_box(struct plain_pages *pages, struct object *object, double ret_box[4])
{
    double corner[4];

    if (!file_resolve(pages->file, object)) {
        return false;
    }
    if (object->kind == OBJECT_NONE) {
        return true;
    }
    struct span inside = syntax_inside(object);
    struct object number;

    for (int i = 0; i < 4; i++) {
        if (object->kind != OBJECT_ARRAY || !syntax_take(&inside, &number) ||
            !syntax_real(&number, &corner[i])) {
            return false;
        }
    }
    return !syntax_take(&inside, &number) && structure_box(corner, ret_box);
}

static bool read_shape(struct plain_pages *pages, struct plain_page *page, struct object *unit)
{
    struct page_boxes boxes = {.unit = 1};
    struct problem problem;
    int64_t degrees = 0;

    if (!read_box(pages, &page->media_box, boxes.media) || page->media_box.kind == OBJECT_NONE ||
        !read_box(pages, &page->crop_box, boxes.crop) || !file_resolve(pages->file, unit) ||
        !file_resolve(pages->file, &page->rotate)) {
        return false;
    }
    boxes.has_crop = page->crop_box.kind != OBJECT_NONE;
    if ((unit->kind != OBJECT_NONE && !syntax_real(unit, &boxes.unit)) ||
        (page->rotate.kind != OBJECT_NONE &&
         (!syntax_integer(&page->rotate, -9000, 9000, &degrees) || degrees % 90 != 0))) {
        return false;
    }
    boxes.degrees = (double)degrees;
    return structure_shape_of(&boxes, 0, &page->shape, &problem) == PR_OK;
}

/* Content -------------------------------------------------------------------------------------- */

static bool append_stream(struct plain_pages *pages, const struct object *reference,
                          GByteArray *content)
{
    uint32_t number = 0, generation = 0;
    struct object dictionary;
    struct span data;

    return syntax_reference(reference, &number, &generation) &&
           file_object(pages->file, number, generation, &dictionary, &data) && data.at != NULL &&
           dictionary.kind == OBJECT_DICTIONARY &&
           file_decode(pages->file, &dictionary, &data, content);
}

/* A reference to an array becomes the array. */
static bool find_streams(struct plain_pages *pages, struct object *contents)
{
    uint32_t number = 0, generation = 0;
    struct object target;
    struct span data;

    if (contents->kind != OBJECT_REFERENCE) {
        return contents->kind == OBJECT_NONE || contents->kind == OBJECT_ARRAY;
    }
    if (!syntax_reference(contents, &number, &generation) ||
        !file_object(pages->file, number, generation, &target, &data)) {
        return false;
    }
    if (target.kind == OBJECT_ARRAY) {
        *contents = target;
    }
    return target.kind == OBJECT_ARRAY || data.at != NULL;
}

static bool read_content(struct plain_pages *pages, const struct object *contents,
                         GByteArray *content)
{
    struct object item;

    if (contents->kind == OBJECT_REFERENCE) {
        return append_stream(pages, contents, content);
    }
    if (contents->kind == OBJECT_NONE) {
        return true;
    }
    struct span inside = syntax_inside(contents);

    while (syntax_take(&inside, &item)) {
        /* Words do not go from one stream into the next (§7.8.2). */
        g_byte_array_append(content, (const uint8_t *)"\n", 1);
        if (!append_stream(pages, &item, content)) {
            return false;
        }
    }
    return true;
}

/* Annotations ---------------------------------------------------------------------------------- */

static bool read_annotation(struct plain_pages *pages, struct object *annotation,
                            struct plain_page *page)
{
    enum { SUBTYPE, RECT, FLAGS, APPEARANCE, FOUND };
    static const char *const keys[FOUND] = {"/Subtype", "/Rect", "/F", "/AP"};
    struct object found[FOUND];
    struct place_cover cover = {{0}, false};
    int64_t flags = 0;

    if (!file_resolve(pages->file, annotation) || annotation->kind != OBJECT_DICTIONARY ||
        !syntax_find_all(annotation, keys, FOUND, found) ||
        !file_resolve(pages->file, &found[SUBTYPE]) || !file_resolve(pages->file, &found[FLAGS]) ||
        (found[FLAGS].kind != OBJECT_NONE &&
         !syntax_integer(&found[FLAGS], 0, UINT32_MAX, &flags))) {
        return false;
    }
    const struct place_annotation facts = {
        .flags = (unsigned)flags,
        .link = syntax_is_name(&found[SUBTYPE], "/Link"),
        .popup = syntax_is_name(&found[SUBTYPE], "/Popup"),
        .appearance = found[APPEARANCE].kind != OBJECT_NONE,
    };

    if (!place_is_painted(&facts, &cover.printed)) {
        return true;
    }
    if (!read_box(pages, &found[RECT], cover.box) || found[RECT].kind == OBJECT_NONE) {
        return false;
    }
    place_grow_cover(&facts, page->shape.rotate, &cover);
    g_array_append_val(pages->covers, cover);
    page->covers_length++;
    return true;
}

static bool read_annotations(struct plain_pages *pages, struct object *annotations,
                             struct plain_page *page)
{
    struct object annotation;

    page->first_cover = pages->covers->len;
    if (!file_resolve(pages->file, annotations)) {
        return false;
    }
    if (annotations->kind != OBJECT_ARRAY) {
        return annotations->kind == OBJECT_NONE || annotations->kind == OBJECT_NULL;
    }
    struct span inside = syntax_inside(annotations);

    while (syntax_take(&inside, &annotation)) {
        if (!read_annotation(pages, &annotation, page)) {
            return false;
        }
    }
    return true;
}

/* The tree ------------------------------------------------------------------------------------- */

/* What was inherited, or lies behind a reference, is not in the page's dictionary. */
static bool copies_as_text(const struct plain_page *page)
{
    const struct object *const copied[] = {&page->contents, &page->media_box, &page->crop_box,
                                           &page->rotate};

    for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++) {
        if (copied[i]->kind != OBJECT_NONE && !is_text(copied[i])) {
            return false;
        }
    }
    return true;
}

static bool add_page(struct plain_pages *pages, struct plain_page *page, struct object *found)
{
    page->contents = found[CONTENTS];
    g_byte_array_set_size(pages->content, 0);
    if (!is_text(&page->dictionary) || found[KIDS].kind != OBJECT_NONE ||
        !file_resolve(pages->file, &page->resources) || page->resources.kind != OBJECT_DICTIONARY ||
        !is_text(&page->resources) || !read_shape(pages, page, &found[USER_UNIT]) ||
        !find_streams(pages, &page->contents) || !copies_as_text(page) ||
        !read_content(pages, &page->contents, pages->content) ||
        !read_annotations(pages, &found[ANNOTS], page)) {
        return false;
    }
    page->content_size = pages->content->len;
    page->neat = content_is_neat(pages->content->data, pages->content->len);
    if (pages->content->len > KEPT_BYTES) {
        g_byte_array_unref(pages->content);
        pages->content = g_byte_array_new();
    }
    g_array_append_vals(pages->pages, page, 1);
    return true;
}

static bool visit(struct plain_pages *pages, uint32_t number)
{
    if (number >= file_numbers(pages->file)) {
        return false;
    }
    uint8_t *byte = &pages->visited[number / 8];
    uint8_t bit = (uint8_t)(1U << number % 8);
    bool first = (*byte & bit) == 0;

    *byte |= bit;
    return first;
}

static void inherit(struct object *attribute, const struct object *own)
{
    if (own->kind != OBJECT_NONE) {
        *attribute = *own;
    }
}

/* Recurses no deeper than DEPTH_MAX. */
static bool walk(struct plain_pages *pages, const struct object *reference,
                 struct inherited inherited, int depth)
{
    struct plain_page page = {.number = 0};
    struct object found[KEYS], kid;
    guint before = pages->pages->len;
    int64_t leaves = 0;

    if (depth > DEPTH_MAX || !syntax_reference(reference, &page.number, &page.generation) ||
        !visit(pages, page.number) ||
        !file_object(pages->file, page.number, page.generation, &page.dictionary, NULL) ||
        !syntax_find_all(&page.dictionary, key_names, KEYS, found) ||
        !file_resolve(pages->file, &found[TYPE])) {
        return false;
    }
    inherit(&inherited.resources, &found[RESOURCES]);
    inherit(&inherited.media_box, &found[MEDIA_BOX]);
    inherit(&inherited.crop_box, &found[CROP_BOX]);
    inherit(&inherited.rotate, &found[ROTATE]);
    if (syntax_is_name(&found[TYPE], "/Page")) {
        page.resources = inherited.resources;
        page.media_box = inherited.media_box;
        page.crop_box = inherited.crop_box;
        page.rotate = inherited.rotate;
        return add_page(pages, &page, found);
    }
    if (!syntax_is_name(&found[TYPE], "/Pages") || !file_resolve(pages->file, &found[KIDS]) ||
        found[KIDS].kind != OBJECT_ARRAY || !file_resolve(pages->file, &found[COUNT]) ||
        !syntax_integer(&found[COUNT], 0, NUMBERS_MAX, &leaves)) {
        return false;
    }
    struct span inside = syntax_inside(&found[KIDS]);

    while (syntax_take(&inside, &kid)) {
        if (!walk(pages, &kid, inherited, depth + 1)) {
            return false;
        }
    }
    return pages->pages->len - before == leaves;
}

static bool read_root(struct plain_pages *pages, struct object *ret_tree)
{
    struct object root;

    return syntax_find(file_trailer(pages->file), "/Root", &root) &&
           syntax_reference(&root, &pages->root_number, &pages->root_generation) &&
           file_object(pages->file, pages->root_number, pages->root_generation, &pages->root,
                       NULL) &&
           syntax_find(&pages->root, "/Pages", ret_tree) && is_text(&pages->root);
}

enum { TRAILER_ROOT, TRAILER_INFO, TRAILER_ID, TRAILER_SIZE, TRAILER_KEYS };
static const char *const trailer_keys[TRAILER_KEYS] = {"/Root", "/Info", "/ID", "/Size"};

/* /Size, or 0 in doubt; the entries that are copied are as good. */
static int64_t read_trailer(const struct plain_pages *pages, struct object found[TRAILER_KEYS])
{
    const struct object *trailer = file_trailer(pages->file);
    int64_t numbers = 0;

    return is_text(trailer) && syntax_find_all(trailer, trailer_keys, TRAILER_KEYS, found) &&
                   syntax_integer(&found[TRAILER_SIZE], 1, NUMBERS_MAX, &numbers)
               ? numbers
               : 0;
}

struct plain_pages *pages_open(const struct plain_origin *origin, uint32_t length)
{
    const struct inherited nothing = {{OBJECT_NONE, {NULL, NULL}},
                                      {OBJECT_NONE, {NULL, NULL}},
                                      {OBJECT_NONE, {NULL, NULL}},
                                      {OBJECT_NONE, {NULL, NULL}}};
    struct plain_file *file = file_open(origin);
    struct object tree, trailer[TRAILER_KEYS];

    if (file == NULL) {
        return NULL;
    }
    struct plain_pages *pages = g_new0(struct plain_pages, 1);

    pages->file = file;
    pages->pages = g_array_new(FALSE, FALSE, sizeof(struct plain_page));
    pages->covers = g_array_new(FALSE, FALSE, sizeof(struct place_cover));
    pages->content = g_byte_array_new();
    pages->visited = g_malloc0(file_numbers(file) / 8 + 1);
    if (read_trailer(pages, trailer) == 0 || !read_root(pages, &tree) ||
        !walk(pages, &tree, nothing, 0) || pages->pages->len != length) {
        pages_close(pages);
        return NULL;
    }
    return pages;
}

void pages_close(struct plain_pages *pages)
{
    if (pages != NULL) {
        file_close(pages->file);
        g_array_free(pages->pages, TRUE);
        g_array_free(pages->covers, TRUE);
        g_byte_array_unref(pages->content);
        g_free(pages->visited);
        g_free(pages);
    }
}

/* Text ----------------------------------------------------------------------------------------- */

const struct plain_page *pages_page(const struct plain_pages *pages, uint32_t index)
{
    return &g_array_index(pages->pages, struct plain_page, index);
}

const struct place_cover *pages_covers(const struct plain_pages *pages, uint32_t index)
{
    const struct plain_page *page = pages_page(pages, index);

    return page->covers_length > 0
               ? &g_array_index(pages->covers, struct place_cover, page->first_cover)
               : NULL;
}

void pages_content(struct plain_pages *pages, uint32_t index, GByteArray *content)
{
    /* It was read once already. */
    read_content(pages, &pages_page(pages, index)->contents, content);
}

char *pages_copy(const struct object *object)
{
    return g_strndup((const char *)object->text.at, (gsize)(object->text.end - object->text.at));
}

static void append_span(GString *text, const struct span *span)
{
    g_string_append_len(text, (const char *)span->at, span->end - span->at);
}

static void append_entries(const struct object *dictionary, const char *const *left_out,
                           GString *text)
{
    struct span inside = syntax_inside(dictionary);
    struct span key;
    struct object value;

    while (syntax_take_entry(&inside, &key, &value)) {
        size_t i = 0;

        while (left_out[i] != NULL && !syntax_span_is(&key, left_out[i])) {
            i++;
        }
        if (left_out[i] == NULL) {
            append_span(text, &key);
            g_string_append_c(text, ' ');
            append_span(text, &value.text);
        }
    }
}

char *pages_references(const struct plain_pages *pages, uint32_t index)
{
    const struct object *contents = &pages_page(pages, index)->contents;
    GString *text = g_string_new(NULL);
    struct span inside = {NULL, NULL};
    struct object item = *contents;
    bool more = contents->kind == OBJECT_REFERENCE;

    if (contents->kind == OBJECT_ARRAY) {
        inside = syntax_inside(contents);
        more = syntax_take(&inside, &item);
    }
    while (more) {
        append_span(text, &item.text);
        g_string_append_c(text, ' ');
        more = syntax_take(&inside, &item);
    }
    return g_string_free(text, FALSE);
}

char *pages_keys(const struct plain_pages *pages, uint32_t index, const char *const *left_out)
{
    const struct plain_page *page = pages_page(pages, index);
    const struct object *const resolved[] = {&page->media_box, &page->crop_box, &page->rotate};
    static const char *const names[] = {"/MediaBox ", "/CropBox ", "/Rotate "};
    GString *text = g_string_sized_new(128);

    append_entries(&page->dictionary, left_out, text);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (resolved[i]->kind != OBJECT_NONE) {
            g_string_append(text, names[i]);
            append_span(text, &resolved[i]->text);
        }
    }
    return g_string_free(text, FALSE);
}

/* A default colour space would repaint our black (§8.6.5.6). */
static bool has_default_grey(struct plain_pages *pages, struct object *spaces)
{
    struct object grey;

    if (!file_resolve(pages->file, spaces)) {
        return true;
    }
    return spaces->kind != OBJECT_NONE && spaces->kind != OBJECT_NULL &&
           (!syntax_find(spaces, "/DefaultGray", &grey) || grey.kind != OBJECT_NONE);
}

char *pages_resources(struct plain_pages *pages, uint32_t index, const char *font, uint32_t number)
{
    static const char *const keys[] = {"/Font", "/ColorSpace"};
    static const char *const fonts_key[] = {"/Font", NULL}, *const nothing[] = {NULL};
    const struct object *resources = &pages_page(pages, index)->resources;
    struct object found[2], same;

    if (font == NULL) {
        return pages_copy(resources);
    }
    if (!syntax_find_all(resources, keys, 2, found) || has_default_grey(pages, &found[1]) ||
        !file_resolve(pages->file, &found[0]) ||
        (found[0].kind != OBJECT_NONE && (!syntax_find(&found[0], font, &same) ||
                                          same.kind != OBJECT_NONE || !is_text(&found[0])))) {
        return NULL;
    }
    GString *text = g_string_new("<<");

    append_entries(resources, fonts_key, text);
    g_string_append(text, "/Font<<");
    if (found[0].kind != OBJECT_NONE) {
        append_entries(&found[0], nothing, text);
    }
    g_string_append_printf(text, "%s %" PRIu32 " 0 R>>>>", font, number);
    return g_string_free(text, FALSE);
}

char *pages_catalogue(const struct plain_pages *pages, const char *const *left_out)
{
    GString *text = g_string_new(NULL);

    append_entries(&pages->root, left_out, text);
    return g_string_free(text, FALSE);
}

void pages_trailer(const struct plain_pages *pages, struct plain_trailer *ret_trailer)
{
    struct object found[TRAILER_KEYS] = {{OBJECT_NONE, {NULL, NULL}}};
    int64_t numbers = read_trailer(pages, found);
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < TRAILER_SIZE; i++) {
        if (found[i].kind != OBJECT_NONE) {
            g_string_append_printf(text, "%s ", trailer_keys[i]);
            append_span(text, &found[i].text);
        }
    }
    *ret_trailer = (struct plain_trailer){
        .root = pages->root_number,
        .root_generation = pages->root_generation,
        .free_number = MAX((uint32_t)numbers, file_numbers(pages->file)),
        .keys = g_string_free(text, FALSE),
    };
}
