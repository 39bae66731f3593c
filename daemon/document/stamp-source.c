/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "daemon/document/stamp-source.h"

#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/document/memory.h"
#include "daemon/document/neat.h"
#include "daemon/error.h"

enum { TAIL_BYTES = 2048 };

/* Structure ------------------------------------------------------------------------------------ */

/* The last match of a word. */
static const uint8_t *find_last(const uint8_t *data, size_t size, const char *word)
{
    size_t length = strlen(word);

    for (size_t at = size >= length ? size - length + 1 : 0; at > 0; at--) {
        if (memcmp(data + at - 1, word, length) == 0) {
            return data + at - 1;
        }
    }
    return NULL;
}

static const uint8_t *skip_white(const uint8_t *at, const uint8_t *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
        at++;
    }
    return at;
}

/* Finds the newest cross-reference section and how it is written (ISO 32000-1 §7.5.5, §7.5.8). */
static bool find_xref(struct stamp_source *source)
{
    const uint8_t *end = source->data + source->size;
    size_t tail = source->size < TAIL_BYTES ? source->size : TAIL_BYTES;
    const uint8_t *at = find_last(end - tail, tail, "startxref");
    uint64_t offset = 0;

    if (at == NULL) {
        return false;
    }
    for (at = skip_white(at + strlen("startxref"), end); at < end && g_ascii_isdigit(*at); at++) {
        offset = offset * 10 + (uint64_t)(*at - '0');
        if (offset >= source->size) {
            return false;
        }
    }
    at = skip_white(source->data + offset, end);
    if (offset == 0 || end - at < 4) {
        return false;
    }
    source->xref = offset;
    source->form = g_ascii_isdigit(*at) ? XREF_STREAM : XREF_TABLE;
    return source->form == XREF_STREAM || memcmp(at, "xref", 4) == 0;
}

static bool has_header(const struct stamp_source *source)
{
    static const char header[] = "%PDF-";

    return source->size > sizeof header && memcmp(source->data, header, sizeof header - 1) == 0;
}

/* What libqpdf has written itself it may still warn about, as it keeps odd objects as they are. */
static bool is_plain_file(struct stamp_source *source)
{
    return has_header(source) && (source->rewritten || !structure_repaired(&source->structure)) &&
           !qpdf_is_encrypted(source->structure.qpdf) && find_xref(source);
}

static void append_key(qpdf_data qpdf, qpdf_oh dictionary, const char *key, GString *text)
{
    qpdf_oh value = qpdf_oh_get_key(qpdf, dictionary, key);

    if (!qpdf_oh_is_null(qpdf, value)) {
        g_string_append_printf(text, "%s %s", key, qpdf_oh_unparse(qpdf, value));
    }
    qpdf_oh_release(qpdf, value);
}

/* What the update must know of the file; false when it does not do as base of one. */
static bool read_trailer(struct stamp_source *source)
{
    qpdf_data qpdf = source->structure.qpdf;
    qpdf_oh trailer = qpdf_get_trailer(qpdf);
    qpdf_oh root = qpdf_oh_get_key(qpdf, trailer, "/Root");
    qpdf_oh size = qpdf_oh_get_key(qpdf, trailer, "/Size");
    qpdf_oh null = qpdf_oh_new_null(qpdf);
    qpdf_oh fresh = qpdf_make_indirect_object(qpdf, null);
    long long numbers = qpdf_oh_is_integer(qpdf, size) ? qpdf_oh_get_int_value(qpdf, size) : -1;
    int unused = qpdf_oh_get_object_id(qpdf, fresh);
    int number = qpdf_oh_get_object_id(qpdf, root);
    GString *text = g_string_new(NULL);
    bool good = number > 0 && qpdf_oh_is_dictionary(qpdf, root) && numbers > 0 &&
                numbers <= 8388607 && unused > 0 && unused <= 8388607;

    source->root = (uint32_t)number;
    source->root_generation = (uint32_t)qpdf_oh_get_generation(qpdf, root);
    source->free_number = (uint32_t)MAX(numbers, unused);
    append_key(qpdf, trailer, "/Root", text);
    append_key(qpdf, trailer, "/Info", text);
    append_key(qpdf, trailer, "/ID", text);
    source->trailer = g_string_free(text, FALSE);
    qpdf_oh_release(qpdf, fresh);
    qpdf_oh_release(qpdf, null);
    qpdf_oh_release(qpdf, size);
    qpdf_oh_release(qpdf, root);
    qpdf_oh_release(qpdf, trailer);
    if (qpdf_has_error(qpdf)) {
        qpdf_get_error(qpdf);
        good = false;
    }
    return good;
}

/* Takes libqpdf's rewriting in place of the document. */
static int rewrite(struct stamp_source *source, uint32_t pages, struct problem *ret_problem)
{
    struct structure made;
    const uint8_t *data = NULL;
    size_t size = 0;
    int result = structure_rewrite(&source->structure, &data, &size, ret_problem);

    if (result == PR_OK) {
        result = structure_open(data, size, pages, &made, ret_problem);
    }
    if (result != PR_OK) {
        return result;
    }
    source->original = source->structure;
    source->structure = made;
    source->data = data;
    source->size = size;
    source->rewritten = true;
    return PR_OK;
}

/* Reads the document without libqpdf, when there is no doubt about it. */
static bool open_plain(struct stamp_source *source, const struct stamp_input *input, uint32_t pages)
{
    struct plain_trailer trailer;

    if (!has_header(source) || !find_xref(source)) {
        return false;
    }
    const struct plain_origin origin = {source->data, source->size, source->form, source->xref,
                                        input->mapped};

    source->pages = pages_open(&origin, pages);
    if (source->pages == NULL) {
        return false;
    }
    pages_trailer(source->pages, &trailer);
    source->root = trailer.root;
    source->root_generation = trailer.root_generation;
    source->free_number = trailer.free_number;
    source->trailer = trailer.keys;
    return true;
}

static int open_with_qpdf(struct stamp_source *source, uint32_t pages, struct problem *ret_problem)
{
    int result =
        structure_open(source->data, source->size, UINT32_MAX, &source->structure, ret_problem);

    if (result != PR_OK) {
        return result;
    }
    if (source->structure.pages != pages) {
        return problem_set(ret_problem, PR_EFORMAT, "the document has %u pages, not %u",
                           source->structure.pages, pages);
    }
    if (is_plain_file(source) && read_trailer(source)) {
        return PR_OK;
    }
    g_free(source->trailer);
    source->trailer = NULL;
    result = rewrite(source, pages, ret_problem);
    if (result == PR_OK &&
        (source->structure.pages != pages || !is_plain_file(source) || !read_trailer(source))) {
        result = problem_set(ret_problem, PR_EFORMAT, "the document cannot be written anew");
    }
    return result;
}

int source_open(const struct stamp_input *input, uint32_t pages, struct stamp_source *ret_source,
                struct problem *ret_problem)
{
    struct stamp_source source = {.data = input->data, .size = input->size};
    int result =
        open_plain(&source, input, pages) ? PR_OK : open_with_qpdf(&source, pages, ret_problem);

    if (result == PR_OK) {
        *ret_source = source;
    } else {
        source_close(&source);
    }
    return result;
}

void source_close(struct stamp_source *source)
{
    g_free(source->trailer);
    pages_close(source->pages);
    if (source->structure.qpdf != NULL) {
        structure_close(&source->structure);
    }
    if (source->rewritten) {
        structure_close(&source->original);
    }
}

/* Dictionaries --------------------------------------------------------------------------------- */

static bool is_one_of(const char *key, const char *const *keys)
{
    while (*keys != NULL && strcmp(*keys, key) != 0) {
        keys++;
    }
    return *keys != NULL;
}

/* A dictionary's entries as text, some left out. */
static char *entries_without(qpdf_data qpdf, qpdf_oh dictionary, const char *const *left_out)
{
    qpdf_oh copy = qpdf_oh_new_dictionary(qpdf);

    qpdf_oh_begin_dict_key_iter(qpdf, dictionary);
    while (qpdf_oh_dict_more_keys(qpdf)) {
        const char *key = qpdf_oh_dict_next_key(qpdf);

        if (!is_one_of(key, left_out)) {
            qpdf_oh value = qpdf_oh_get_key(qpdf, dictionary, key);

            qpdf_oh_replace_key(qpdf, copy, key, value);
            qpdf_oh_release(qpdf, value);
        }
    }
    const char *text = qpdf_oh_unparse(qpdf, copy);
    size_t length = strlen(text);
    /* "<< … >>" */
    char *entries = length > 4 ? g_strndup(text + 2, length - 4) : g_strdup("");

    qpdf_oh_release(qpdf, copy);
    return entries;
}

/* The page's own value, not a reference: what the page inherits may be an object that is in
 * libqpdf's memory only. */
static char *resolved_key(qpdf_data qpdf, qpdf_oh dictionary, const char *key)
{
    qpdf_oh value = qpdf_oh_get_key(qpdf, dictionary, key);
    char *text = NULL;

    if (!qpdf_oh_is_null(qpdf, value)) {
        text = g_strdup(qpdf_oh_unparse_resolved(qpdf, value));
    }
    qpdf_oh_release(qpdf, value);
    return text;
}

char *source_catalogue(const struct stamp_source *source, uint32_t tree)
{
    static const char *const left_out[] = {"/Pages",      "/OpenAction",        "/AA",
                                           "/Collection", "/ViewerPreferences", NULL};
    qpdf_data qpdf = source->structure.qpdf;
    qpdf_oh root = qpdf != NULL ? qpdf_get_root(qpdf) : 0;
    char *entries = source->pages != NULL ? pages_catalogue(source->pages, left_out)
                                          : entries_without(qpdf, root, left_out);
    char *text = g_strdup_printf("<<%s/Pages %" PRIu32 " 0 R>>", entries, tree);

    g_free(entries);
    if (qpdf != NULL) {
        qpdf_oh_release(qpdf, root);
    }
    return text;
}

/* Pages ---------------------------------------------------------------------------------------- */

/* Whether an object is one of the file's streams; appends its reference. */
static bool append_reference(qpdf_data qpdf, qpdf_oh stream, GString *text)
{
    if (!qpdf_oh_is_stream(qpdf, stream) || qpdf_oh_get_object_id(qpdf, stream) <= 0) {
        return false;
    }
    g_string_append_printf(text, "%d %d R ", qpdf_oh_get_object_id(qpdf, stream),
                           qpdf_oh_get_generation(qpdf, stream));
    return true;
}

static char *content_references(qpdf_data qpdf, qpdf_oh page)
{
    qpdf_oh contents = qpdf_oh_get_key(qpdf, page, "/Contents");
    GString *text = g_string_new(NULL);
    bool good = true;

    if (qpdf_oh_is_array(qpdf, contents)) {
        int items = qpdf_oh_get_array_n_items(qpdf, contents);

        for (int i = 0; good && i < items; i++) {
            qpdf_oh item = qpdf_oh_get_array_item(qpdf, contents, i);

            good = append_reference(qpdf, item, text);
            qpdf_oh_release(qpdf, item);
        }
    } else if (!qpdf_oh_is_null(qpdf, contents)) {
        good = append_reference(qpdf, contents, text);
    }
    qpdf_oh_release(qpdf, contents);
    return g_string_free(text, !good);
}

/* cups-filters 1.28 cuts a page that it makes smaller off at its TrimBox: printers' marks, and our
 * code, lie outside of that. */
static const char *const left_out_of_pages[] = {
    "/Type",    "/Contents",  "/Parent", "/Resources", "/MediaBox", "/CropBox",
    "/TrimBox", "/BleedBox",  "/ArtBox", "/Rotate",    "/Thumb",    "/AA",
    "/B",       "/PresSteps", "/Dur",    "/Trans",     NULL};

static char *page_keys(qpdf_data qpdf, qpdf_oh page)
{
    static const char *const resolved[] = {"/MediaBox", "/CropBox", "/Rotate", NULL};
    char *entries = entries_without(qpdf, page, left_out_of_pages);
    GString *text = g_string_new(entries);

    g_free(entries);
    for (size_t i = 0; resolved[i] != NULL; i++) {
        char *value = resolved_key(qpdf, page, resolved[i]);

        if (value != NULL) {
            g_string_append_printf(text, "%s %s", resolved[i], value);
        }
        g_free(value);
    }
    return g_string_free(text, FALSE);
}

static long long integer_key(qpdf_data qpdf, qpdf_oh dictionary, const char *key)
{
    qpdf_oh value = qpdf_oh_get_key(qpdf, dictionary, key);
    long long number = qpdf_oh_is_integer(qpdf, value) ? qpdf_oh_get_int_value(qpdf, value) : 0;

    qpdf_oh_release(qpdf, value);
    return number;
}

static bool has_name(qpdf_data qpdf, qpdf_oh dictionary, const char *key, const char *name)
{
    qpdf_oh value = qpdf_oh_get_key(qpdf, dictionary, key);
    bool has = qpdf_oh_is_name_and_equals(qpdf, value, name) != QPDF_FALSE;

    qpdf_oh_release(qpdf, value);
    return has;
}

static void add_cover(qpdf_data qpdf, qpdf_oh annotation, int rotate, GArray *covers)
{
    struct place_annotation facts = {.flags = 0};
    struct place_cover cover;

    if (!qpdf_oh_is_dictionary(qpdf, annotation)) {
        return;
    }
    facts.flags = (unsigned)integer_key(qpdf, annotation, "/F");
    facts.link = has_name(qpdf, annotation, "/Subtype", "/Link");
    facts.popup = has_name(qpdf, annotation, "/Subtype", "/Popup");
    facts.appearance = qpdf_oh_has_key(qpdf, annotation, "/AP") != QPDF_FALSE;
    if (place_is_painted(&facts, &cover.printed) &&
        structure_box_of(qpdf, annotation, "/Rect", cover.box)) {
        place_grow_cover(&facts, rotate, &cover);
        g_array_append_val(covers, cover);
    }
}

static GArray *find_covers(qpdf_data qpdf, qpdf_oh page, int rotate)
{
    qpdf_oh annotations = qpdf_oh_get_key(qpdf, page, "/Annots");
    int items =
        qpdf_oh_is_array(qpdf, annotations) ? qpdf_oh_get_array_n_items(qpdf, annotations) : 0;
    GArray *covers = g_array_new(FALSE, FALSE, sizeof(struct place_cover));

    for (int i = 0; i < items; i++) {
        qpdf_oh item = qpdf_oh_get_array_item(qpdf, annotations, i);

        add_cover(qpdf, item, rotate, covers);
        qpdf_oh_release(qpdf, item);
    }
    qpdf_oh_release(qpdf, annotations);
    return covers;
}

static void plain_page(const struct stamp_source *source, uint32_t index,
                       struct source_page *ret_page)
{
    const struct plain_page *plain = pages_page(source->pages, index);

    *ret_page = (struct source_page){
        .index = index,
        .number = plain->number,
        .generation = plain->generation,
        .shape = plain->shape,
        .content_size = plain->content_size,
        .neat = plain->neat,
        .references = pages_references(source->pages, index),
        .keys = pages_keys(source->pages, index, left_out_of_pages),
        .covers = pages_covers(source->pages, index),
        .covers_length = plain->covers_length,
    };
}

int source_page(const struct stamp_source *source, uint32_t index, struct source_page *ret_page,
                struct problem *ret_problem)
{
    const struct structure *structure = &source->structure;
    qpdf_data qpdf = structure->qpdf;

    if (source->pages != NULL) {
        plain_page(source, index, ret_page);
        return PR_OK;
    }
    struct source_page page = {.index = index, .page = structure_page(structure, index)};
    int result = structure_shape(structure, page.page, index, &page.shape, ret_problem);

    if (result == PR_OK) {
        page.number = (uint32_t)qpdf_oh_get_object_id(qpdf, page.page);
        page.generation = (uint32_t)qpdf_oh_get_generation(qpdf, page.page);
        qpdf_oh_get_page_content_data(qpdf, page.page, &page.content, &page.content_size);
        page.neat = content_is_neat(page.content, page.content_size);
        page.references = content_references(qpdf, page.page);
        page.keys = page_keys(qpdf, page.page);
        page.own_covers = find_covers(qpdf, page.page, page.shape.rotate);
        page.covers = (const struct place_cover *)(const void *)page.own_covers->data;
        page.covers_length = page.own_covers->len;
        result = structure_error(structure, ret_problem);
        if (result == PR_EFORMAT) {
            problem_set(ret_problem, PR_EFORMAT, "the content of page %u is damaged", index + 1);
        }
    }
    if (result == PR_OK) {
        *ret_page = page;
    } else {
        source_page_clear(source, &page);
    }
    return result;
}

void source_page_clear(const struct stamp_source *source, struct source_page *page)
{
    free(page->content);
    g_free(page->references);
    g_free(page->keys);
    if (page->own_covers != NULL) {
        g_array_free(page->own_covers, TRUE);
    }
    if (source->pages == NULL) {
        qpdf_oh_release(source->structure.qpdf, page->page);
    }
}

uint8_t *source_content(const struct stamp_source *source, const struct source_page *page,
                        size_t *ret_size)
{
    if (source->pages == NULL) {
        *ret_size = page->content_size;
        return g_memdup2(page->content, page->content_size);
    }
    GByteArray *content = g_byte_array_new();

    pages_content(source->pages, page->index, content);
    *ret_size = content->len;
    return g_byte_array_free(content, FALSE);
}

char *source_media_box(const struct stamp_source *source, const struct source_page *page)
{
    char *box = source->pages != NULL
                    ? pages_copy(&pages_page(source->pages, page->index)->media_box)
                    : resolved_key(source->structure.qpdf, page->page, "/MediaBox");

    return box != NULL ? box : g_strdup("[0 0 612 792]");
}

/* A default colour space would repaint our black (ISO 32000-1 §8.6.5.6). */
static bool has_default_grey(qpdf_data qpdf, qpdf_oh resources)
{
    qpdf_oh spaces = qpdf_oh_get_key(qpdf, resources, "/ColorSpace");
    bool has = !qpdf_oh_is_null(qpdf, spaces) && (!qpdf_oh_is_dictionary(qpdf, spaces) ||
                                                  qpdf_oh_has_key(qpdf, spaces, "/DefaultGray"));

    qpdf_oh_release(qpdf, spaces);
    return has;
}

static char *with_font(qpdf_data qpdf, qpdf_oh resources, const char *font, uint32_t number)
{
    static const char *const fonts_key[] = {"/Font", NULL};
    static const char *const nothing[] = {NULL};
    qpdf_oh fonts = qpdf_oh_get_key(qpdf, resources, "/Font");
    bool none = qpdf_oh_is_null(qpdf, fonts);
    char *text = NULL;

    if (none || (qpdf_oh_is_dictionary(qpdf, fonts) && !qpdf_oh_has_key(qpdf, fonts, font))) {
        char *others = entries_without(qpdf, resources, fonts_key);
        char *theirs = none ? g_strdup("") : entries_without(qpdf, fonts, nothing);

        text = g_strdup_printf("<<%s/Font<<%s%s %" PRIu32 " 0 R>>>>", others, theirs, font, number);
        g_free(theirs);
        g_free(others);
    }
    qpdf_oh_release(qpdf, fonts);
    return text;
}

char *source_resources(const struct stamp_source *source, const struct source_page *page,
                       const char *font, uint32_t number)
{
    qpdf_data qpdf = source->structure.qpdf;

    if (source->pages != NULL) {
        return pages_resources(source->pages, page->index, font, number);
    }
    qpdf_oh resources = qpdf_oh_get_key(qpdf, page->page, "/Resources");
    bool is_dictionary = qpdf_oh_is_dictionary(qpdf, resources);
    char *text = NULL;

    if (font == NULL) {
        text = g_strdup(is_dictionary ? qpdf_oh_unparse_resolved(qpdf, resources) : "<<>>");
    } else if (is_dictionary && !has_default_grey(qpdf, resources)) {
        text = with_font(qpdf, resources, font, number);
    }
    qpdf_oh_release(qpdf, resources);
    return text;
}
