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
 * made the page a suspect by then. XObjects are followed by the name before `Do`, fonts by the name
 * before `Tf` (Type 3 glyphs are content, too). Shadings, patterns, inline pictures, Lab, Indexed,
 * Separation other than Black, printed annotations: suspects.
 */
#include "daemon/document/screen.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 5, WORD_BYTES = 32, DEPTH_MAX = 12 };

struct screen {
    qpdf_data qpdf;
    GHashTable *known; /**< object id of an XObject or font → 1 grey, 2 suspect */
};

/* The last words, newest last, as long as they follow each other with white space only. */
struct window {
    char word[WORDS][WORD_BYTES];
    unsigned words;
};

struct context {
    struct screen *screen;
    qpdf_oh resources;
    struct window *window;
    unsigned depth;
};

static bool content_is_grey(struct screen *screen, qpdf_oh resources, const uint8_t *content,
                            size_t size, unsigned depth);

/* The word `back` places before the operator (0: right before it), or "" */
static const char *operand(const struct window *window, unsigned back)
{
    return back < window->words ? window->word[window->words - 1 - back] : "";
}

static bool number_of(const char *word, double *ret_number)
{
    char *end = NULL;
    double number = g_ascii_strtod(word, &end);

    if (end == word || *end != '\0') {
        return false;
    }
    *ret_number = number;
    return true;
}

/* Whether the three operands that end `back` places before the operator are one number. */
static bool equal_three(const struct window *window, unsigned back)
{
    double a = 0, b = 1, c = 2;

    return number_of(operand(window, back), &a) && number_of(operand(window, back + 1), &b) &&
           number_of(operand(window, back + 2), &c) && a == b && b == c;
}

static unsigned numbers_before(const struct window *window)
{
    unsigned numbers = 0;
    double number;

    while (numbers < window->words && number_of(operand(window, numbers), &number)) {
        numbers++;
    }
    return numbers;
}

static bool rgb_operator(const struct context *context)
{
    return equal_three(context->window, 0);
}

static bool cmyk_operator(const struct context *context)
{
    double black;

    return number_of(operand(context->window, 0), &black) && equal_three(context->window, 1);
}

/* sc and scn: which space is current is not followed, every space let through is neutral in these.
 */
static bool color_operator(const struct context *context)
{
    switch (numbers_before(context->window)) {
    case 1:
        return true;
    case 3:
        return equal_three(context->window, 0);
    case 4:
        return equal_three(context->window, 1);
    default:
        return false;
    }
}

static bool never(const struct context *context)
{
    (void)context;
    return false;
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

static bool name_is_one_of(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(*names, name) != 0) {
        names++;
    }
    return *names != NULL;
}

static bool icc_components_known(qpdf_data qpdf, qpdf_oh array)
{
    qpdf_oh profile = qpdf_oh_get_array_item(qpdf, array, 1);
    int components = 0;

    if (qpdf_oh_is_stream(qpdf, profile)) {
        qpdf_oh dictionary = qpdf_oh_get_dict(qpdf, profile);
        qpdf_oh number = qpdf_oh_get_key(qpdf, dictionary, "/N");

        if (!qpdf_oh_get_value_as_int(qpdf, number, &components)) {
            components = 0;
        }
        qpdf_oh_release(qpdf, number);
        qpdf_oh_release(qpdf, dictionary);
    }
    qpdf_oh_release(qpdf, profile);
    return components == 1 || components == 3 || components == 4;
}

static bool second_name_is(qpdf_data qpdf, qpdf_oh array, const char *name)
{
    qpdf_oh second = qpdf_oh_get_array_item(qpdf, array, 1);
    bool same = qpdf_oh_is_name_and_equals(qpdf, second, name);

    qpdf_oh_release(qpdf, second);
    return same;
}

/* A space in which one number, three equal ones, or C = M = Y mean grey. */
static bool space_is_neutral(qpdf_data qpdf, qpdf_oh space)
{
    static const char *const simple[] = {"/DeviceGray", "/DeviceRGB", "/DeviceCMYK", NULL};
    static const char *const calibrated[] = {"/CalGray", "/CalRGB", NULL};

    if (qpdf_oh_is_name(qpdf, space)) {
        return name_is_one_of(qpdf_oh_get_name(qpdf, space), simple);
    }
    if (!qpdf_oh_is_array(qpdf, space) || qpdf_oh_get_array_n_items(qpdf, space) < 1) {
        return false;
    }
    qpdf_oh family = qpdf_oh_get_array_item(qpdf, space, 0);
    char name[WORD_BYTES] = "";

    if (qpdf_oh_is_name(qpdf, family)) {
        g_strlcpy(name, qpdf_oh_get_name(qpdf, family), sizeof name);
    }
    qpdf_oh_release(qpdf, family);
    if (name_is_one_of(name, simple) || name_is_one_of(name, calibrated)) {
        return true;
    }
    if (qpdf_oh_get_array_n_items(qpdf, space) < 2) {
        return false;
    }
    return (strcmp(name, "/ICCBased") == 0 && icc_components_known(qpdf, space)) ||
           (strcmp(name, "/Separation") == 0 && second_name_is(qpdf, space, "/Black"));
}

static bool space_operator(const struct context *context)
{
    static const char *const simple[] = {"/DeviceGray", "/DeviceRGB", "/DeviceCMYK", NULL};
    const char *name = operand(context->window, 0);

    if (name_is_one_of(name, simple)) {
        return true;
    }
    qpdf_oh space = resource(context, "/ColorSpace", name);
    bool neutral = space_is_neutral(context->screen->qpdf, space);

    qpdf_oh_release(context->screen->qpdf, space);
    return neutral;
}

/* A picture is grey when it has one component by declaration. */
static bool image_is_grey(qpdf_data qpdf, qpdf_oh dictionary)
{
    qpdf_oh mask = qpdf_oh_get_key(qpdf, dictionary, "/ImageMask");
    qpdf_oh space = qpdf_oh_get_key(qpdf, dictionary, "/ColorSpace");
    QPDF_BOOL stencil = QPDF_FALSE;
    bool grey = (qpdf_oh_get_value_as_bool(qpdf, mask, &stencil) && stencil) ||
                qpdf_oh_is_name_and_equals(qpdf, space, "/DeviceGray");

    if (!grey && qpdf_oh_is_array(qpdf, space) && qpdf_oh_get_array_n_items(qpdf, space) == 2) {
        qpdf_oh family = qpdf_oh_get_array_item(qpdf, space, 0);

        grey = qpdf_oh_is_name_and_equals(qpdf, family, "/CalGray");
        qpdf_oh_release(qpdf, family);
    }
    qpdf_oh_release(qpdf, space);
    qpdf_oh_release(qpdf, mask);
    return grey;
}

static bool form_is_grey(struct screen *screen, qpdf_oh form, qpdf_oh dictionary, unsigned depth)
{
    qpdf_oh resources = qpdf_oh_get_key(screen->qpdf, dictionary, "/Resources");
    unsigned char *content = NULL;
    size_t size = 0;
    QPDF_BOOL decoded = QPDF_FALSE;
    bool grey = false;

    /* Without resources of its own it uses those of whoever paints it, and has no fixed answer. */
    if (qpdf_oh_is_dictionary(screen->qpdf, resources)) {
        qpdf_oh_get_stream_data(screen->qpdf, form, qpdf_dl_specialized, &decoded, &content, &size);
        grey = decoded && content_is_grey(screen, resources, content, size, depth + 1);
        free(content);
    }
    qpdf_oh_release(screen->qpdf, resources);
    return grey;
}

static bool xobject_is_grey(struct screen *screen, qpdf_oh object, unsigned depth)
{
    qpdf_data qpdf = screen->qpdf;

    if (!qpdf_oh_is_stream(qpdf, object)) {
        return false;
    }
    gpointer id = GINT_TO_POINTER(qpdf_oh_get_object_id(qpdf, object));
    gpointer known = g_hash_table_lookup(screen->known, id);

    if (known != NULL) {
        return GPOINTER_TO_INT(known) == 1;
    }
    /* A form that paints itself is a suspect, which ends the loop. */
    g_hash_table_insert(screen->known, id, GINT_TO_POINTER(2));
    qpdf_oh dictionary = qpdf_oh_get_dict(qpdf, object);
    qpdf_oh subtype = qpdf_oh_get_key(qpdf, dictionary, "/Subtype");
    bool grey = false;

    if (qpdf_oh_is_name_and_equals(qpdf, subtype, "/Image")) {
        grey = image_is_grey(qpdf, dictionary);
    } else if (qpdf_oh_is_name_and_equals(qpdf, subtype, "/Form")) {
        grey = form_is_grey(screen, object, dictionary, depth);
    }
    qpdf_oh_release(qpdf, subtype);
    qpdf_oh_release(qpdf, dictionary);
    g_hash_table_insert(screen->known, id, GINT_TO_POINTER(grey ? 1 : 2));
    return grey;
}

static bool paint_operator(const struct context *context)
{
    qpdf_oh object = resource(context, "/XObject", operand(context->window, 0));
    bool grey = xobject_is_grey(context->screen, object, context->depth);

    qpdf_oh_release(context->screen->qpdf, object);
    return grey;
}

static bool font_operator(const struct context *context)
{
    qpdf_data qpdf = context->screen->qpdf;
    qpdf_oh font = resource(context, "/Font", operand(context->window, 1));
    qpdf_oh subtype = qpdf_oh_get_key_if_dict(qpdf, font, "/Subtype");
    bool plain =
        qpdf_oh_is_name(qpdf, subtype) && !qpdf_oh_is_name_and_equals(qpdf, subtype, "/Type3");

    qpdf_oh_release(qpdf, subtype);
    qpdf_oh_release(qpdf, font);
    return plain;
}

/* Operators that can bring colour, and what makes each harmless. */
static const struct {
    const char *name;
    bool (*harmless)(const struct context *context);
} operators[] = {
    {"rg", rgb_operator},    {"RG", rgb_operator},    {"k", cmyk_operator},
    {"K", cmyk_operator},    {"sc", color_operator},  {"SC", color_operator},
    {"scn", color_operator}, {"SCN", color_operator}, {"cs", space_operator},
    {"CS", space_operator},  {"Do", paint_operator},  {"Tf", font_operator},
    {"sh", never},           {"BI", never},
};

static bool word_is_harmless(const struct context *context, const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(operators); i++) {
        if (strcmp(operators[i].name, word) == 0) {
            return operators[i].harmless(context);
        }
    }
    return true;
}

static void remember(struct window *window, const char *word)
{
    if (window->words == WORDS) {
        memmove(window->word[0], window->word[1], (WORDS - 1) * sizeof window->word[0]);
        window->words--;
    }
    g_strlcpy(window->word[window->words++], word, WORD_BYTES);
}

static bool is_white(uint8_t byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t' || byte == '\f' || byte == 0;
}

static bool is_delimiter(uint8_t byte)
{
    return byte != 0 && strchr("()<>[]{}%", byte) != NULL;
}

/* Where the literal string that begins at `at` ends (ISO 32000-1 §7.3.4.2). */
static size_t after_string(const uint8_t *content, size_t size, size_t at)
{
    size_t open = 0;

    do {
        open += content[at] == '(';
        open -= content[at] == ')';
        at += content[at] == '\\' ? 2 : 1;
    } while (open > 0 && at < size);
    return at;
}

static size_t after_comment(const uint8_t *content, size_t size, size_t at)
{
    while (at < size && content[at] != '\n' && content[at] != '\r') {
        at++;
    }
    return at;
}

/* Skips what stands between words; all but white space and comments parts operands from operators.
 */
static size_t after_separator(struct window *window, const uint8_t *content, size_t size, size_t at)
{
    if (content[at] == '%') {
        return after_comment(content, size, at);
    }
    if (!is_white(content[at])) {
        window->words = 0;
    }
    return content[at] == '(' ? after_string(content, size, at) : at + 1;
}

/* Takes the word at `at`. One too long to be kept is no operator, and must not pass for its
 * beginning as operand. */
static size_t take_word(const uint8_t *content, size_t size, size_t at, char ret_word[WORD_BYTES])
{
    size_t length = 0;

    do {
        if (length < WORD_BYTES - 1) {
            ret_word[length] = (char)content[at];
        }
        length++;
        at++;
    } while (at < size && !is_white(content[at]) && !is_delimiter(content[at]) &&
             content[at] != '/');
    ret_word[length < WORD_BYTES ? length : 0] = '\0';
    return at;
}

static bool content_is_grey(struct screen *screen, qpdf_oh resources, const uint8_t *content,
                            size_t size, unsigned depth)
{
    struct window window = {.words = 0};
    struct context context = {screen, resources, &window, depth};
    size_t at = 0;

    if (depth > DEPTH_MAX) {
        return false;
    }
    while (at < size) {
        char word[WORD_BYTES];

        if (is_white(content[at]) || is_delimiter(content[at])) {
            at = after_separator(&window, content, size, at);
            continue;
        }
        at = take_word(content, size, at, word);
        if (!word_is_harmless(&context, word)) {
            return false;
        }
        remember(&window, word);
    }
    return true;
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
    screen->known = g_hash_table_new(g_direct_hash, g_direct_equal);
    return screen;
}

void screen_free(struct screen *screen)
{
    if (screen != NULL) {
        g_hash_table_destroy(screen->known);
        g_free(screen);
    }
}

bool screen_page_is_grey(struct screen *screen, qpdf_oh page, const uint8_t *content,
                         size_t content_size)
{
    if (!annotations_are_silent(screen->qpdf, page)) {
        return false;
    }
    qpdf_oh resources = qpdf_oh_get_key(screen->qpdf, page, "/Resources");
    bool grey = content_is_grey(screen, resources, content, content_size, 0);

    qpdf_oh_release(screen->qpdf, resources);
    return grey;
}
