/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fingerprint answers one question: is this what was printed a while ago? People print again
 * from the same program, so the second file has other dates, another /ID, other object numbers,
 * perhaps other compression or an upper layer of object streams and linearisation, and another
 * random tag before a font's name. None of that is on the paper.
 *
 * Chosen way: a walk over what a page needs to be painted (boxes, content, resources, printed
 * annotations) that feeds a hash with a canonical form. References are replaced by the digest of
 * what they refer to, so that numbering and the split into objects vanish; dictionaries go in key
 * order; streams go in decoded as far as the coding is lossless, so that compression vanishes; keys
 * that carry bookkeeping are skipped. Digests of shared objects (fonts, pictures) are kept, so each
 * object is hashed once however many pages use it and the cost is linear in the file. A loop in the
 * graph counts as its depth in the walk, which is the same in every copy of the document.
 *
 * BLAKE2b inside (three times as fast as SHA-256 on scans), SHA-256 over the pages' digests at the
 * end.
 *
 * Left out: a file re-distilled by another program paints the same with other operators; it has
 * another fingerprint. A digest of rendered pages would see through that, and would cost the
 * decoding of every picture; the duplicate check it serves is for people who print twice, not for
 * people who try to hide it.
 */
#include "daemon/document/digest.h"

#include <glib.h>
#include <math.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

/** An object that was met; while it is being walked its digest is zero. */
struct known {
    gint object;
    uint8_t value[DIGEST_BYTES];
};

struct digest {
    qpdf_data qpdf;
    crypto_hash_sha256_state whole;
    GHashTable *known; /**< struct known by object id */
};

/* Bookkeeping, wherever it occurs; and what says how a stream is stored, which the decoded data
 * replaces. */
static const char *const skipped_keys[] = {
    "/Alternates",
    "/CreationDate",
    "/DL",
    "/DecodeParms",
    "/Filter",
    "/ID",
    "/LastModified",
    "/Length",
    "/M",
    "/Metadata",
    "/ModDate",
    "/NM",
    "/OPI",
    "/P",
    "/Parent",
    "/PieceInfo",
    "/Popup",
    "/ProcSet",
    "/Producer",
    "/StructParent",
    "/StructParents",
    "/Thumb",
    "/Type",
};

/* What of an annotation decides what is painted. */
static const char *const annotation_keys[] = {
    "/AP", "/AS", "/BS",         "/Border",  "/C",    "/Contents", "/DA", "/DS",
    "/F",  "/H",  "/IC",         "/InkList", "/L",    "/LE",       "/MK", "/Name",
    "/OC", "/Q",  "/QuadPoints", "/RC",      "/Rect", "/Subtype",  "/V",  "/Vertices",
};

/* What of the catalogue does. */
static const struct {
    const char *dictionary;
    const char *key;
} catalogue_keys[] = {
    {"/OCProperties", "/D"},
    {"/AcroForm", "/NeedAppearances"},
    {"/AcroForm", "/DA"},
    {"/AcroForm", "/DR"},
};

static void put_object(struct digest *digest, crypto_generichash_state *hash, qpdf_oh object,
                       unsigned depth);

static void put(crypto_generichash_state *hash, const void *data, size_t size)
{
    crypto_generichash_update(hash, data, size);
}

/* A tag and a length before each value, so that no two objects have one canonical form. */
static void put_tagged(crypto_generichash_state *hash, char tag, const void *data, size_t size)
{
    uint64_t length = size;

    put(hash, &tag, 1);
    put(hash, &length, sizeof length);
    put(hash, data, size);
}

static void put_number(crypto_generichash_state *hash, double number)
{
    int64_t scaled = isfinite(number) && fabs(number) < 1e12 ? llround(number * 1e4) : INT64_MIN;

    put_tagged(hash, 'n', &scaled, sizeof scaled);
}

/* "/ABCDEF+Times" → "/Times": the tag of a font subset is drawn by lot (ISO 32000-1 §9.6.4). */
static const char *without_subset_tag(const char *name)
{
    size_t letters = strspn(name + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    return letters == 6 && name[7] == '+' ? name + 7 : name;
}

static bool skipped(const char *key)
{
    if (strncmp(key, "/PTEX.", 6) == 0) {
        return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(skipped_keys); i++) {
        if (strcmp(skipped_keys[i], key) == 0) {
            return true;
        }
    }
    return false;
}

static void put_key(struct digest *digest, crypto_generichash_state *hash, qpdf_oh dictionary,
                    const char *key, unsigned depth)
{
    qpdf_oh value = qpdf_oh_get_key(digest->qpdf, dictionary, key);

    if (!qpdf_oh_is_null(digest->qpdf, value)) {
        put_tagged(hash, 'k', key, strlen(key));
        put_object(digest, hash, value, depth);
    }
    qpdf_oh_release(digest->qpdf, value);
}

static void put_dictionary(struct digest *digest, crypto_generichash_state *hash,
                           qpdf_oh dictionary, unsigned depth)
{
    /* libqpdf has one iterator for the whole document, and the values below need it too. */
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);

    qpdf_oh_begin_dict_key_iter(digest->qpdf, dictionary);
    while (qpdf_oh_dict_more_keys(digest->qpdf)) {
        const char *key = qpdf_oh_dict_next_key(digest->qpdf);

        if (!skipped(key)) {
            g_ptr_array_add(keys, g_strdup(key));
        }
    }
    put(hash, "d", 1);
    for (guint i = 0; i < keys->len; i++) {
        put_key(digest, hash, dictionary, g_ptr_array_index(keys, i), depth);
    }
    put(hash, "e", 1);
    g_ptr_array_free(keys, TRUE);
}

static void put_array(struct digest *digest, crypto_generichash_state *hash, qpdf_oh array,
                      unsigned depth)
{
    int items = qpdf_oh_get_array_n_items(digest->qpdf, array);

    put(hash, "a", 1);
    for (int i = 0; i < items; i++) {
        qpdf_oh item = qpdf_oh_get_array_item(digest->qpdf, array, i);

        put_object(digest, hash, item, depth);
        qpdf_oh_release(digest->qpdf, item);
    }
    put(hash, "e", 1);
}

static void put_stream(struct digest *digest, crypto_generichash_state *hash, qpdf_oh stream,
                       unsigned depth)
{
    qpdf_oh dictionary = qpdf_oh_get_dict(digest->qpdf, stream);
    bool decoded = false;
    size_t size = 0;
    unsigned char *data = structure_stream(digest->qpdf, stream, &decoded, &size);

    put_dictionary(digest, hash, dictionary, depth);
    if (!decoded) {
        put_key(digest, hash, dictionary, "/Filter", depth);
        put_key(digest, hash, dictionary, "/DecodeParms", depth);
    }
    put_tagged(hash, 's', data, size);
    free(data);
    qpdf_oh_release(digest->qpdf, dictionary);
}

static void put_direct(struct digest *digest, crypto_generichash_state *hash, qpdf_oh object,
                       unsigned depth)
{
    qpdf_data qpdf = digest->qpdf;
    const char *text = NULL;
    size_t size = 0;

    switch (qpdf_oh_get_type_code(qpdf, object)) {
    case ot_boolean:
        put(hash, qpdf_oh_get_bool_value(qpdf, object) ? "t" : "f", 1);
        break;
    case ot_integer:
    case ot_real:
        put_number(hash, qpdf_oh_get_numeric_value(qpdf, object));
        break;
    case ot_string:
        text = qpdf_oh_get_binary_string_value(qpdf, object, &size);
        put_tagged(hash, '(', text, size);
        break;
    case ot_name:
        text = without_subset_tag(qpdf_oh_get_name(qpdf, object));
        put_tagged(hash, '/', text, strlen(text));
        break;
    case ot_array:
        put_array(digest, hash, object, depth + 1);
        break;
    case ot_dictionary:
        put_dictionary(digest, hash, object, depth + 1);
        break;
    case ot_stream:
        put_stream(digest, hash, object, depth + 1);
        break;
    default:
        put(hash, "0", 1);
        break;
    }
}

static void put_indirect(struct digest *digest, crypto_generichash_state *hash, qpdf_oh object,
                         unsigned depth)
{
    gint number = qpdf_oh_get_object_id(digest->qpdf, object);
    struct known *known = g_hash_table_lookup(digest->known, &number);

    if (known == NULL) {
        crypto_generichash_state inner;
        uint8_t value[DIGEST_BYTES];

        known = g_new0(struct known, 1);
        known->object = number;
        g_hash_table_insert(digest->known, &known->object, known);
        crypto_generichash_init(&inner, NULL, 0, sizeof value);
        put_direct(digest, &inner, object, depth);
        crypto_generichash_final(&inner, value, sizeof value);
        memcpy(known->value, value, sizeof value);
    }
    put_tagged(hash, 'r', known->value, DIGEST_BYTES);
}

static void put_object(struct digest *digest, crypto_generichash_state *hash, qpdf_oh object,
                       unsigned depth)
{
    qpdf_data qpdf = digest->qpdf;
    bool container = qpdf_oh_is_array(qpdf, object) || qpdf_oh_is_dictionary(qpdf, object) ||
                     qpdf_oh_is_stream(qpdf, object);

    if (depth > DEPTH_MAX) {
        put(hash, "!", 1);
    } else if (container) {
        /* Whether a value stands in an object of its own is bookkeeping as well: containers that
         * are written in place get a digest too. */
        if (qpdf_oh_is_indirect(qpdf, object)) {
            put_indirect(digest, hash, object, depth);
        } else {
            crypto_generichash_state inner;
            uint8_t value[DIGEST_BYTES];

            crypto_generichash_init(&inner, NULL, 0, sizeof value);
            put_direct(digest, &inner, object, depth);
            crypto_generichash_final(&inner, value, sizeof value);
            put_tagged(hash, 'r', value, sizeof value);
        }
    } else {
        put_direct(digest, hash, object, depth);
    }
}

static void put_annotations(struct digest *digest, crypto_generichash_state *hash, qpdf_oh page)
{
    qpdf_data qpdf = digest->qpdf;
    qpdf_oh annotations = qpdf_oh_get_key(qpdf, page, "/Annots");
    int items =
        qpdf_oh_is_array(qpdf, annotations) ? qpdf_oh_get_array_n_items(qpdf, annotations) : 0;

    for (int i = 0; i < items; i++) {
        qpdf_oh annotation = qpdf_oh_get_array_item(qpdf, annotations, i);

        if (qpdf_oh_is_dictionary(qpdf, annotation)) {
            put(hash, "A", 1);
            for (size_t k = 0; k < G_N_ELEMENTS(annotation_keys); k++) {
                put_key(digest, hash, annotation, annotation_keys[k], 1);
            }
        }
        qpdf_oh_release(qpdf, annotation);
    }
    qpdf_oh_release(qpdf, annotations);
}

static void put_catalogue(struct digest *digest)
{
    qpdf_data qpdf = digest->qpdf;
    crypto_generichash_state hash;
    uint8_t value[DIGEST_BYTES];
    qpdf_oh root = qpdf_get_root(qpdf);

    crypto_generichash_init(&hash, NULL, 0, sizeof value);
    for (size_t i = 0; i < G_N_ELEMENTS(catalogue_keys); i++) {
        qpdf_oh dictionary = qpdf_oh_get_key(qpdf, root, catalogue_keys[i].dictionary);

        if (qpdf_oh_is_dictionary(qpdf, dictionary)) {
            put_key(digest, &hash, dictionary, catalogue_keys[i].key, 1);
        }
        qpdf_oh_release(qpdf, dictionary);
    }
    qpdf_oh_release(qpdf, root);
    crypto_generichash_final(&hash, value, sizeof value);
    crypto_hash_sha256_update(&digest->whole, value, sizeof value);
}

struct digest *digest_new(qpdf_data qpdf, uint32_t pages)
{
    static const char format[] = "printroom document fingerprint 1";
    struct digest *digest = g_new0(struct digest, 1);

    digest->qpdf = qpdf;
    digest->known = g_hash_table_new_full(g_int_hash, g_int_equal, NULL, g_free);
    crypto_hash_sha256_init(&digest->whole);
    crypto_hash_sha256_update(&digest->whole, (const uint8_t *)format, sizeof format);
    crypto_hash_sha256_update(&digest->whole, (const uint8_t *)&pages, sizeof pages);
    put_catalogue(digest);
    return digest;
}

void digest_free(struct digest *digest)
{
    if (digest != NULL) {
        g_hash_table_destroy(digest->known);
        g_free(digest);
    }
}

void digest_page(struct digest *digest, qpdf_oh page, const struct page_shape *shape,
                 const uint8_t *content, size_t content_size)
{
    crypto_generichash_state hash;
    uint8_t value[DIGEST_BYTES];

    crypto_generichash_init(&hash, NULL, 0, sizeof value);
    put(&hash, shape->box_um, sizeof shape->box_um);
    put(&hash, &shape->rotate, sizeof shape->rotate);
    put(&hash, &shape->width_um, sizeof shape->width_um);
    put(&hash, &shape->height_um, sizeof shape->height_um);
    put_tagged(&hash, 's', content, content_size);
    put_key(digest, &hash, page, "/Resources", 1);
    put_annotations(digest, &hash, page);
    crypto_generichash_final(&hash, value, sizeof value);
    crypto_hash_sha256_update(&digest->whole, value, sizeof value);
}

void digest_finish(struct digest *digest, uint8_t ret_fingerprint[DIGEST_BYTES])
{
    crypto_hash_sha256_final(&digest->whole, ret_fingerprint);
}
