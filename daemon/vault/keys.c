/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A day key is an age identity file, as `age-keygen` writes it, so that `age -d -i FILE` opens the
 * day's documents with nothing of printroom. The key's text exists in locked memory only, and in
 * the file.
 *
 * Who can read a day's key can read the day; so a file that others than the service's user could
 * have read or put there is no key (mode, owner, link, kind of file are looked at on the open
 * descriptor, not on the name).
 */
#include "daemon/vault/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/error.h"
#include "daemon/log.h"
#include "daemon/vault/age-identity.h"
#include "daemon/vault/new-file.h"

enum { KEY_FILE_BYTES_MAX = 4096, KEY_FILE_NAME_BYTES = sizeof "day-YYYY-MM-DD.key" };

static bool in_range(const char *digits, int least, int most)
{
    int number = (digits[0] - '0') * 10 + (digits[1] - '0');

    return number >= least && number <= most;
}

/* "2026-11-23" gives "day-2026-11-23.key"; nothing else than a date becomes a file name. */
static bool make_file_name(const char day[DAY_BYTES], char ret_name[KEY_FILE_NAME_BYTES])
{
    static const char form[DAY_BYTES] = "dddd-dd-dd";

    for (size_t i = 0; i < sizeof form; i++) {
        bool digit = day[i] >= '0' && day[i] <= '9';
        if (form[i] == 'd' ? !digit : day[i] != form[i]) {
            return false;
        }
    }
    if (!in_range(day + 5, 1, 12) || !in_range(day + 8, 1, 31)) {
        return false;
    }
    (void)snprintf(ret_name, KEY_FILE_NAME_BYTES, "day-%.10s.key", day);
    return true;
}

/* Writes the text of the file into locked memory of KEY_FILE_BYTES_MAX. */
static int compose(const struct age_identity *identity, char *text, size_t *ret_size)
{
    struct age_recipient recipient;
    char recipient_text[AGE_RECIPIENT_TEXT_BYTES];
    char created[sizeof "YYYY-MM-DDThh:mm:ssZ"];
    time_t now = time(NULL);
    struct tm utc;

    if (gmtime_r(&now, &utc) == NULL ||
        strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) {
        return PR_EIO;
    }
    age_identity_recipient(identity, &recipient);
    age_recipient_format(&recipient, recipient_text);
    size_t size = (size_t)snprintf(text, KEY_FILE_BYTES_MAX, "# created: %s\n# public key: %s\n",
                                   created, recipient_text);
    age_identity_format(identity, text + size);
    size += AGE_IDENTITY_TEXT_BYTES - 1;
    text[size++] = '\n';
    *ret_size = size;
    return PR_OK;
}

static int store_key(int key_directory_fd, const char *name, const struct age_identity *identity)
{
    struct new_file file = {.fd = -1};
    char *text = sodium_malloc(KEY_FILE_BYTES_MAX);
    size_t size;
    int result;

    if (text == NULL) {
        return PR_ENOMEM;
    }
    result = compose(identity, text, &size);
    if (result == PR_OK) {
        result = new_file_open(key_directory_fd, &file);
    }
    if (result == PR_OK) {
        result = new_file_write(&file, (const uint8_t *)text, size);
    }
    if (result == PR_OK) {
        result = new_file_commit(&file, name, false);
    }
    new_file_discard(&file);
    sodium_free(text);
    return result;
}

int day_key_create(int key_directory_fd, const char day[DAY_BYTES],
                   struct age_identity **ret_identity)
{
    char name[KEY_FILE_NAME_BYTES];
    struct age_identity *identity;
    int result;

    if (!make_file_name(day, name)) {
        return PR_EINVAL;
    }
    if (faccessat(key_directory_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        return PR_EEXIST;
    }
    /* A temporary file left by a crash holds a key nobody knows of. */
    result = new_file_sweep(key_directory_fd);
    if (result != PR_OK) {
        return result;
    }
    result = age_identity_generate(&identity);
    if (result != PR_OK) {
        return result;
    }
    result = store_key(key_directory_fd, name, identity);
    if (result != PR_OK) {
        age_identity_free(identity);
        return result;
    }
    *ret_identity = identity;
    return PR_OK;
}

/* Says in the log why a key is not taken; never anything of the key. */
static int no_key(const char *name, const char *reason)
{
    log_write(LOG_LEVEL_ERROR, "%s: %s", name, reason);
    return PR_ENOKEY;
}

static int check_file(int fd, const char *name)
{
    struct stat status;

    if (fstat(fd, &status) != 0) {
        return no_key(name, strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        return no_key(name, "is not a regular file");
    }
    if (status.st_uid != geteuid()) {
        return no_key(name, "belongs to somebody else");
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return no_key(name, "is open to others than its owner (its mode must be 0600)");
    }
    if (status.st_nlink != 1) {
        return no_key(name, "has a second name");
    }
    if (status.st_size >= KEY_FILE_BYTES_MAX) {
        return no_key(name, "is too large for a key");
    }
    return PR_OK;
}

/* Reads the whole file and ends it with a NUL. */
static int read_text(int fd, const char *name, char text[KEY_FILE_BYTES_MAX])
{
    size_t size = 0;

    for (;;) {
        ssize_t got = read(fd, text + size, KEY_FILE_BYTES_MAX - 1 - size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return no_key(name, strerror(errno));
        }
        if (got == 0) {
            break;
        }
        size += (size_t)got;
    }
    text[size] = '\0';
    return strlen(text) == size ? PR_OK : no_key(name, "is not text");
}

/* Finds the one identity among comments and empty lines. Changes the text: lines get a NUL at their
 * end. */
static int parse_text(char *text, const char *name, struct age_identity **ret_identity)
{
    struct age_identity *identity = NULL;
    char *next = text;
    int result = PR_OK;

    for (char *line = strsep(&next, "\n"); line != NULL; line = strsep(&next, "\n")) {
        if (line[0] == '\0' || line[0] == '#') {
            continue;
        }
        result = identity == NULL ? age_identity_parse(line, &identity) : PR_EFORMAT;
        if (result != PR_OK) {
            break;
        }
    }
    if (result == PR_OK && identity != NULL) {
        *ret_identity = identity;
        return PR_OK;
    }
    age_identity_free(identity);
    return result == PR_ENOMEM ? result : no_key(name, "does not hold one age identity");
}

static int read_identity(int fd, const char *name, struct age_identity **ret_identity)
{
    char *text = NULL;
    int result = age_begin();

    if (result == PR_OK) {
        result = check_file(fd, name);
    }
    if (result != PR_OK) {
        return result;
    }
    text = sodium_malloc(KEY_FILE_BYTES_MAX);
    if (text == NULL) {
        return PR_ENOMEM;
    }
    result = read_text(fd, name, text);
    if (result == PR_OK) {
        result = parse_text(text, name, ret_identity);
    }
    sodium_free(text);
    return result;
}

int day_key_load(int key_directory_fd, const char day[DAY_BYTES],
                 const struct age_recipient *expected, struct age_identity **ret_identity)
{
    char name[KEY_FILE_NAME_BYTES];
    struct age_identity *identity;
    struct age_recipient recipient;

    if (!make_file_name(day, name)) {
        return PR_EINVAL;
    }
    int fd = openat(key_directory_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return no_key(name, strerror(errno));
    }
    int result = read_identity(fd, name, &identity);
    (void)close(fd);
    if (result != PR_OK) {
        return result;
    }
    age_identity_recipient(identity, &recipient);
    if (expected != NULL && sodium_memcmp(expected->public_key, recipient.public_key,
                                          sizeof recipient.public_key) != 0) {
        age_identity_free(identity);
        return no_key(name, "is another key than the one of this day");
    }
    *ret_identity = identity;
    return PR_OK;
}
