/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/vault/trace-key.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/log.h"
#include "daemon/vault/new-file.h"

#define FILE_NAME "trace.key"
enum {
    KEY_BYTES = crypto_generichash_KEYBYTES,
    HASH_BYTES = crypto_generichash_BYTES,
    ID_HASH_BYTES = (TRACE_KEY_ID_BYTES - 1) / 2,
    TEXT_BYTES = 2 * KEY_BYTES + 1, /* with its newline, or a NUL in its place */
};

struct trace_key {
    uint8_t key[KEY_BYTES];
    char id[TRACE_KEY_ID_BYTES];
    uint16_t site;
};

static int no_key(const char *reason)
{
    log_write(LOG_LEVEL_ERROR, FILE_NAME ": %s", reason);
    return PR_ENOKEY;
}

void trace_key_mac(const struct trace_key *key, const char *domain, size_t domain_size,
                   const uint8_t *message, size_t message_size, uint8_t *ret_mac, size_t mac_size)
{
    crypto_generichash_state state;
    uint8_t hash[HASH_BYTES];

    (void)crypto_generichash_init(&state, key->key, sizeof key->key, sizeof hash);
    (void)crypto_generichash_update(&state, (const uint8_t *)domain, domain_size);
    (void)crypto_generichash_update(&state, message, message_size);
    (void)crypto_generichash_final(&state, hash, sizeof hash);
    memcpy(ret_mac, hash, mac_size < sizeof hash ? mac_size : sizeof hash);
    sodium_memzero(&state, sizeof state);
    sodium_memzero(hash, sizeof hash);
}

static void name_key(struct trace_key *key)
{
    static const char domain[] = "printroom trace key id 1";
    uint8_t id[ID_HASH_BYTES];

    trace_key_mac(key, domain, sizeof domain, NULL, 0, id, sizeof id);
    sodium_bin2hex(key->id, sizeof key->id, id, sizeof id);
    key->site = (uint16_t)(id[0] << 8 | id[1]);
}

static int store_key(int key_directory_fd, const struct trace_key *key)
{
    struct new_file file = {.fd = -1};
    char *text = sodium_malloc(TEXT_BYTES);

    if (text == NULL) {
        return PR_ENOMEM;
    }
    sodium_bin2hex(text, TEXT_BYTES, key->key, sizeof key->key);
    text[TEXT_BYTES - 1] = '\n';
    int result = new_file_open(key_directory_fd, &file);
    if (result == PR_OK) {
        result = new_file_write(&file, (const uint8_t *)text, TEXT_BYTES);
    }
    if (result == PR_OK) {
        result = new_file_commit(&file, FILE_NAME, false);
    }
    new_file_discard(&file);
    sodium_free(text);
    return result;
}

/* What others could have read or put there is no key; looked at on the descriptor, not the name. */
static int check_file(int fd)
{
    struct stat status;

    if (fstat(fd, &status) != 0) {
        return no_key(strerror(errno));
    }
    if (!S_ISREG(status.st_mode) || status.st_nlink != 1) {
        return no_key("is not a regular file of one name");
    }
    if (status.st_uid != geteuid()) {
        return no_key("belongs to somebody else");
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return no_key("is open to others than its owner (its mode must be 0600)");
    }
    return status.st_size == TEXT_BYTES ? PR_OK : no_key("does not hold a trace key");
}

static int read_key(int fd, struct trace_key *key)
{
    size_t size = 0;
    int result = check_file(fd);

    if (result != PR_OK) {
        return result;
    }
    char *text = sodium_malloc(TEXT_BYTES);

    if (text == NULL) {
        return PR_ENOMEM;
    }
    ssize_t got = read(fd, text, TEXT_BYTES);
    if (got != TEXT_BYTES || text[TEXT_BYTES - 1] != '\n' ||
        sodium_hex2bin(key->key, sizeof key->key, text, TEXT_BYTES - 1, NULL, &size, NULL) != 0 ||
        size != sizeof key->key) {
        result = no_key("does not hold a trace key");
    }
    sodium_free(text);
    return result;
}

static int load(int key_directory_fd, bool expected, struct trace_key *key, bool *ret_missing)
{
    int fd = openat(key_directory_fd, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT && !expected) {
        *ret_missing = true;
        return PR_OK;
    }
    if (fd < 0) {
        return no_key(strerror(errno));
    }
    int result = read_key(fd, key);

    close(fd);
    return result;
}

int trace_key_load_or_create(int key_directory_fd, const char *expected_id,
                             struct trace_key **ret_key)
{
    struct trace_key *key = sodium_malloc(sizeof *key);
    bool missing = false;

    if (key == NULL) {
        return PR_ENOMEM;
    }
    memset(key, 0, sizeof *key);
    int result = load(key_directory_fd, expected_id != NULL, key, &missing);
    if (result == PR_OK && missing) {
        crypto_generichash_keygen(key->key);
        result = store_key(key_directory_fd, key);
    }
    if (result == PR_OK) {
        name_key(key);
        if (expected_id != NULL && strcmp(key->id, expected_id) != 0) {
            result = no_key("is another key than the one the office's copies are coded with");
        }
    }
    if (result != PR_OK) {
        trace_key_free(key);
        return result;
    }
    (void)sodium_mprotect_readonly(key);
    *ret_key = key;
    return PR_OK;
}

void trace_key_free(struct trace_key *key)
{
    sodium_free(key);
}

const char *trace_key_id(const struct trace_key *key)
{
    return key->id;
}

uint16_t trace_key_site(const struct trace_key *key)
{
    return key->site;
}
