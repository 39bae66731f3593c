/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a page needs colour is seen best by painting it (reader.c), and painting is the dearest
 * thing the helper does: half a millisecond for a page of text, a tenth of a second for a scanned
 * one. Most pages of an office are black text or grey scans, and their content says so. This screen
 * finds those, and may be wrong in one direction only: a page it calls grey is grey; of any other
 * it says nothing.
 *
 * It does not parse content, it looks at its words: strings and comments are skipped by the two
 * rules they have (balanced parentheses with backslash; end of line), and what stands between white
 * space or delimiters is a word. Wherever an operator stands in valid content it is such a word, so
 * every operator is seen. Colour operators are accepted only with operands that stand right before
 * them, with nothing but white space between, and that are neutral: equal R, G, B; equal C, M, Y; a
 * grey colour space. The data of an inline picture could look like anything; the `BI` before it has
 * made the page a suspect by then. XObjects are followed by the name before `Do`. Shadings,
 * patterns, inline pictures, Lab, Indexed, Separation other than Black, printed annotations:
 * suspects.
 *
 * Type 3 fonts, found by the name before `Tf`, are the one case in which looking does not help:
 * their glyphs are content and may bring colours of their own (d0, ISO 32000-1 §9.6.5), which
 * poppler's cairo device paints black. A page that selects such a font counts as colour.
 */
#include "daemon/document/screen.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/document/neutral.h"
#include "daemon/document/structure.h"
#include "daemon/document/words.h"

enum { DEPTH_MAX = 12 };

struct known {
    gint object;
    enum screen_verdict verdict;
};

struct screen {
    qpdf_data qpdf;
    GHashTable *known; /**< struct known by object id: XObjects and fonts */
};

struct context {
    struct screen *screen;
    qpdf_oh resources;
    const struct words *words;
    unsigned depth;
};

/** A stream of content. */
struct piece {
    const uint8_t *content;
    size_t size;
    bool glyph; /**< of a Type 3 font */
};

static enum screen_verdict judge_content(struct screen *screen, qpdf_oh resources,
                                         const struct piece *piece, unsigned depth);

static enum screen_verdict grey_or_suspect(bool grey)
{
    return grey ? SCREEN_GREY : SCREEN_SUSPECT;
}

static enum screen_verdict worse(enum screen_verdict a, enum screen_verdict b)
{
    return a > b ? a : b;
}

static enum screen_verdict rgb_operator(const struct context *context)
{
    return grey_or_suspect(words_equal_three(context->words, 0));
}

static enum screen_verdict cmyk_operator(const struct context *context)
{
    double black;

    return grey_or_suspect(words_number(words_operand(context->words, 0), &black) &&
                           words_equal_three(context->words, 1));
}

/* sc and scn: which space is current is not followed, every space let through is neutral in these.
 */
static enum screen_verdict color_operator(const struct context *context)
{
    switch (words_numbers(context->words)) {
    case 1:
        return SCREEN_GREY;
    case 3:
        return grey_or_suspect(words_equal_three(context->words, 0));
    case 4:
        return grey_or_suspect(words_equal_three(context->words, 1));
    default:
        return SCREEN_SUSPECT;
    }
}

static enum screen_verdict suspect_operator(const struct context *context)
{
    (void)context;
    return SCREEN_SUSPECT;
}

/* Looks up /category /name in the resources; the handle is to be released. A name with an escape is
 * not unescaped. */
static qpdf_oh resource(const struct context *context, const char *category, const char *name)
{
    qpdf_data qpdf = context->screen->qpdf;
    qpdf_oh dictionary = qpdf_oh_get_key_if_dict(qpdf, context->resources, category);
    qpdf_oh found;

    if (name[0] == '/' && strchr(name, '#') == NULL && qpdf_oh_is_dictionary(qpdf, dictionary)) {
        found = qpdf_oh_get_key(qpdf, dictionary, name);
    } else {
        found = qpdf_oh_new_null(qpdf);
    }
    qpdf_oh_release(qpdf, dictionary);
    return found;
}

static enum screen_verdict space_operator(const struct context *context)
{
    static const char *const devices[] = {"/DeviceGray", "/DeviceRGB", "/DeviceCMYK"};
    const char *name = words_operand(context->words, 0);

    for (size_t i = 0; i < G_N_ELEMENTS(devices); i++) {
        if (strcmp(devices[i], name) == 0) {
            return SCREEN_GREY;
        }
    }
    qpdf_oh space = resource(context, "/ColorSpace", name);
    bool neutral = neutral_space(context->screen->qpdf, space);

    qpdf_oh_release(context->screen->qpdf, space);
    return grey_or_suspect(neutral);
}

/* What is known of an object. At the first meeting it is a suspect, which ends loops of objects
 * that paint themselves. */
static struct known *meet(struct screen *screen, qpdf_oh object, bool *ret_met)
{
    gint number = qpdf_oh_get_object_id(screen->qpdf, object);
    struct known *known = g_hash_table_lookup(screen->known, &number);

    *ret_met = known != NULL;
    if (known == NULL) {
        known = g_new0(struct known, 1);
        known->object = number;
        known->verdict = SCREEN_SUSPECT;
        g_hash_table_insert(screen->known, &known->object, known);
    }
    return known;
}

/* A form or a glyph: a stream of content. */
static enum screen_verdict judge_stream(struct screen *screen, qpdf_oh stream, qpdf_oh resources,
                                        bool glyph, unsigned depth)
{
    bool decoded = false;
    size_t size = 0;
    unsigned char *content = structure_stream(screen->qpdf, stream, &decoded, &size);
    enum screen_verdict verdict = SCREEN_SUSPECT;

    if (decoded) {
        verdict =
            judge_content(screen, resources, &(struct piece){content, size, glyph}, depth + 1);
    }
    free(content);
    return verdict;
}

static enum screen_verdict judge_form(struct screen *screen, qpdf_oh form, qpdf_oh dictionary,
                                      unsigned depth)
{
    qpdf_oh resources = qpdf_oh_get_key(screen->qpdf, dictionary, "/Resources");
    enum screen_verdict verdict = SCREEN_SUSPECT;

    /* Without resources of its own it uses those of whoever paints it, and has no fixed answer. */
    if (qpdf_oh_is_dictionary(screen->qpdf, resources)) {
        verdict = judge_stream(screen, form, resources, false, depth);
    }
    qpdf_oh_release(screen->qpdf, resources);
    return verdict;
}

static enum screen_verdict judge_xobject(struct screen *screen, qpdf_oh object, unsigned depth)
{
    qpdf_data qpdf = screen->qpdf;

    if (!qpdf_oh_is_stream(qpdf, object)) {
        return SCREEN_SUSPECT;
    }
    bool met = false;
    struct known *known = meet(screen, object, &met);

    if (met) {
        return known->verdict;
    }
    qpdf_oh dictionary = qpdf_oh_get_dict(qpdf, object);
    qpdf_oh subtype = qpdf_oh_get_key(qpdf, dictionary, "/Subtype");
    enum screen_verdict verdict = SCREEN_SUSPECT;

    if (qpdf_oh_is_name_and_equals(qpdf, subtype, "/Image")) {
        verdict = grey_or_suspect(neutral_image(qpdf, dictionary));
    } else if (qpdf_oh_is_name_and_equals(qpdf, subtype, "/Form")) {
        verdict = judge_form(screen, object, dictionary, depth);
    }
    qpdf_oh_release(qpdf, subtype);
    qpdf_oh_release(qpdf, dictionary);
    known->verdict = verdict;
    return verdict;
}

static enum screen_verdict paint_operator(const struct context *context)
{
    qpdf_oh object = resource(context, "/XObject", words_operand(context->words, 0));
    enum screen_verdict verdict = judge_xobject(context->screen, object, context->depth);

    qpdf_oh_release(context->screen->qpdf, object);
    return verdict;
}

/* Type 3: whether all glyphs leave the colour to the page (d1) or are grey themselves. */
static enum screen_verdict judge_glyphs(const struct context *context, qpdf_oh font)
{
    qpdf_data qpdf = context->screen->qpdf;
    qpdf_oh glyphs = qpdf_oh_get_key(qpdf, font, "/CharProcs");
    qpdf_oh own = qpdf_oh_get_key(qpdf, font, "/Resources");
    qpdf_oh resources = qpdf_oh_is_dictionary(qpdf, own) ? own : context->resources;
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    enum screen_verdict verdict = SCREEN_GREY;

    if (qpdf_oh_is_dictionary(qpdf, glyphs)) {
        qpdf_oh_begin_dict_key_iter(qpdf, glyphs);
        while (qpdf_oh_dict_more_keys(qpdf)) {
            g_ptr_array_add(names, g_strdup(qpdf_oh_dict_next_key(qpdf)));
        }
    }
    for (guint i = 0; verdict == SCREEN_GREY && i < names->len; i++) {
        qpdf_oh glyph = qpdf_oh_get_key(qpdf, glyphs, g_ptr_array_index(names, i));

        if (qpdf_oh_is_stream(qpdf, glyph)) {
            verdict = judge_stream(context->screen, glyph, resources, true, context->depth);
        }
        qpdf_oh_release(qpdf, glyph);
    }
    g_ptr_array_free(names, TRUE);
    qpdf_oh_release(qpdf, own);
    qpdf_oh_release(qpdf, glyphs);
    return verdict == SCREEN_GREY ? SCREEN_GREY : SCREEN_COLOR;
}

static enum screen_verdict judge_type3(const struct context *context, qpdf_oh font)
{
    if (!qpdf_oh_is_indirect(context->screen->qpdf, font)) {
        return judge_glyphs(context, font);
    }
    bool met = false;
    struct known *known = meet(context->screen, font, &met);

    if (!met) {
        known->verdict = judge_glyphs(context, font);
    }
    return known->verdict;
}

static enum screen_verdict font_operator(const struct context *context)
{
    qpdf_data qpdf = context->screen->qpdf;
    qpdf_oh font = resource(context, "/Font", words_operand(context->words, 1));
    qpdf_oh subtype = qpdf_oh_get_key_if_dict(qpdf, font, "/Subtype");
    enum screen_verdict verdict = grey_or_suspect(qpdf_oh_is_name(qpdf, subtype));

    if (qpdf_oh_is_name_and_equals(qpdf, subtype, "/Type3")) {
        verdict = judge_type3(context, font);
    }
    qpdf_oh_release(qpdf, subtype);
    qpdf_oh_release(qpdf, font);
    return verdict;
}

/* Operators that can bring colour, and who judges each. */
static const struct {
    const char *name;
    enum screen_verdict (*judge)(const struct context *context);
} operators[] = {
    {"rg", rgb_operator},     {"RG", rgb_operator},     {"k", cmyk_operator},
    {"K", cmyk_operator},     {"sc", color_operator},   {"SC", color_operator},
    {"scn", color_operator},  {"SCN", color_operator},  {"cs", space_operator},
    {"CS", space_operator},   {"Do", paint_operator},   {"Tf", font_operator},
    {"sh", suspect_operator}, {"BI", suspect_operator},
};

static enum screen_verdict judge_word(const struct context *context, const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(operators); i++) {
        if (strcmp(operators[i].name, word) == 0) {
            return operators[i].judge(context);
        }
    }
    return SCREEN_GREY;
}

static enum screen_verdict judge_content(struct screen *screen, qpdf_oh resources,
                                         const struct piece *piece, unsigned depth)
{
    struct words words = {.content = piece->content, .size = piece->size};
    const struct context context = {screen, resources, &words, depth};
    enum screen_verdict verdict = SCREEN_GREY;

    if (depth > DEPTH_MAX) {
        return SCREEN_SUSPECT;
    }
    while (verdict != SCREEN_COLOR && words_next(&words)) {
        if (piece->glyph && strcmp(words.current, "d1") == 0) {
            /* A glyph without colours of its own; what it says of colour counts for nothing. */
            return verdict;
        }
        verdict = worse(verdict, judge_word(&context, words.current));
    }
    return verdict;
}

static bool annotation_is_silent(qpdf_data qpdf, qpdf_oh annotation)
{
    qpdf_oh flags = qpdf_oh_get_key_if_dict(qpdf, annotation, "/F");
    int bits = 0;

    if (!qpdf_oh_get_value_as_int(qpdf, flags, &bits)) {
        bits = 0;
    }
    qpdf_oh_release(qpdf, flags);
    /* ISO 32000-1 table 165: bit 2 hidden, bit 3 print. */
    return (bits & 2) != 0 || (bits & 4) == 0;
}

static bool annotations_are_silent(qpdf_data qpdf, qpdf_oh page)
{
    qpdf_oh array = qpdf_oh_get_key(qpdf, page, "/Annots");
    int items = qpdf_oh_is_array(qpdf, array) ? qpdf_oh_get_array_n_items(qpdf, array) : 0;
    bool silent = true;

    for (int i = 0; silent && i < items; i++) {
        qpdf_oh annotation = qpdf_oh_get_array_item(qpdf, array, i);

        silent = annotation_is_silent(qpdf, annotation);
        qpdf_oh_release(qpdf, annotation);
    }
    qpdf_oh_release(qpdf, array);
    return silent;
}

struct screen *screen_new(qpdf_data qpdf)
{
    struct screen *screen = g_new0(struct screen, 1);

    screen->qpdf = qpdf;
    screen->known = g_hash_table_new_full(g_int_hash, g_int_equal, NULL, g_free);
    return screen;
}

void screen_free(struct screen *screen)
{
    if (screen != NULL) {
        g_hash_table_destroy(screen->known);
        g_free(screen);
    }
}

enum screen_verdict screen_page(struct screen *screen, qpdf_oh page, const uint8_t *content,
                                size_t content_size)
{
    qpdf_oh resources = qpdf_oh_get_key(screen->qpdf, page, "/Resources");
    enum screen_verdict verdict =
        judge_content(screen, resources, &(struct piece){content, content_size, false}, 0);

    qpdf_oh_release(screen->qpdf, resources);
    return worse(verdict, grey_or_suspect(annotations_are_silent(screen->qpdf, page)));
}
