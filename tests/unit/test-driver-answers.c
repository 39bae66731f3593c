/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What devices answer, read without a device: PJL, PostScript, IPP, names. */
#include "config.h"

#include <cups/cups.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/ipp-read.h"
#include "drivers/listing.h"
#include "drivers/pjl-answer.h"
#include "drivers/postscript-answer.h"
#include "drivers/vendors.h"

#define NONCE       "PR0123456789ABCDEF0123"
#define OLD         "PRFFFFFFFFFFFFFFFFFFFF"
#define ECHO(nonce) "@PJL ECHO " nonce "\r\n\f"

/* PJL ------------------------------------------------------------------------------------------ */

static struct pjl_answer answer_to(const char *reply, const char *command)
{
    struct pjl_answer answer;
    pjl_answer_read(reply, strlen(reply), command, NULL, NONCE, &answer);
    return answer;
}

static void test_pjl_three_answers(void **state)
{
    (void)state;
    static const struct {
        const char *reply;
        enum pjl_answer_kind kind;
        int file_error;
    } rows[] = {
        {"@PJL INFO ID\r\n\"X\"\r\n\f" ECHO(NONCE), PJL_TEXT, 0},
        {"@PJL INFO ID\r\n\"?\"\r\n\f" ECHO(NONCE), PJL_UNKNOWN, 0},
        {"@PJL INFO ID\r\n?\r\n\f" ECHO(NONCE), PJL_UNKNOWN, 0},
        {"@pjl  info id \r\nFILEERROR = 26\r\n\f" ECHO(NONCE), PJL_FILE_ERROR, 26},
        {ECHO(NONCE), PJL_SILENCE, 0},
        {"", PJL_SILENCE, 0},
        {"@PJL INFO STATUS\r\nCODE=1\r\n\f" ECHO(NONCE), PJL_SILENCE, 0},
        /* What a slow printer still says to an earlier question. */
        {"@PJL INFO ID\r\n\"old\"\r\n\f" ECHO(OLD) ECHO(NONCE), PJL_SILENCE, 0},
        {"@PJL INFO ID\r\n\"?\"\r\n\f" ECHO(OLD) "@PJL INFO ID\r\n\"X\"\r\n\f" ECHO(NONCE),
         PJL_TEXT, 0},
        /* A file whose name looks like something else. */
        {"@PJL INFO ID\r\nFILEERROR=3 TYPE=FILE SIZE=1\r\n\f" ECHO(NONCE), PJL_TEXT, 0},
        {"@PJL INFO ID\r\n@PJL ECHO " OLD " TYPE=FILE SIZE=1\r\n\f" ECHO(NONCE), PJL_TEXT, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct pjl_answer answer = answer_to(rows[i].reply, "INFO ID");
        if (answer.kind != rows[i].kind || answer.file_error != rows[i].file_error) {
            fail_msg("row %zu: kind %d, error %d", i, (int)answer.kind, answer.file_error);
        }
    }
}

static void test_pjl_two_commands_in_a_frame(void **state)
{
    (void)state;
    static const char reply[] = "@PJL FSDELETE NAME=\"0:\\a\"\r\nFILEERROR=12\r\n\f"
                                "@PJL FSQUERY NAME=\"0:\\a\" TYPE=FILE SIZE=5\r\n\f" ECHO(NONCE);
    struct pjl_answer answer;
    pjl_answer_read(reply, strlen(reply), "FSDELETE", "FSQUERY", NONCE, &answer);
    assert_int_equal(answer.file_error, 12);
    assert_false(pjl_read_query(&answer));
    pjl_answer_read(reply, strlen(reply), "FSQUERY", NULL, NONCE, &answer);
    assert_true(pjl_read_query(&answer));
}

static void test_pjl_volumes(void **state)
{
    (void)state;
    static const char head[] = "@PJL INFO FILESYS [2 TABLE]\r\n"
                               " VOLUME TOTAL SIZE FREE SPACE LOCATION LABEL STATUS\r\n";
    char reply[512];
    struct pjl_volume volumes[PJL_VOLUMES_MAX];
    (void)snprintf(reply, sizeof reply,
                   "%s 0: 1755136 1718272 <HT> <HT> READ-WRITE\r\n 12: 5 5 RAM ? READ-ONLY\r\n\f%s",
                   head, ECHO(NONCE));
    struct pjl_answer answer = answer_to(reply, "INFO FILESYS");
    assert_int_equal(pjl_read_volumes(&answer, volumes), 2);
    assert_string_equal(volumes[0].name, "0:");
    assert_false(volumes[0].read_only);
    assert_string_equal(volumes[1].name, "12:");
    assert_true(volumes[1].read_only);
    (void)snprintf(reply, sizeof reply, "%s\f%s", head, ECHO(NONCE));
    answer = answer_to(reply, "INFO FILESYS");
    assert_int_equal(pjl_read_volumes(&answer, volumes), 0);
    answer = answer_to("@PJL INFO FILESYS\r\nhello\r\n\f" ECHO(NONCE), "INFO FILESYS");
    assert_int_equal(pjl_read_volumes(&answer, volumes), -1);
}

static void test_pjl_entries(void **state)
{
    (void)state;
    static const struct {
        const char *line, *name; /* NULL: no entry */
        bool folder;
        int64_t size_bytes;
    } rows[] = {{". TYPE=DIR", ".", true, DEVICE_UNKNOWN},
                {"job1.prn TYPE=FILE SIZE=31337", "job1.prn", false, 31337},
                {"a b  TYPE=FILE SIZE=0", "a b ", false, 0},
                {"a TYPE=DIR TYPE=FILE SIZE=2", "a TYPE=DIR", false, 2},
                {"x TYPE=FILE", "x", false, DEVICE_UNKNOWN},
                {"x TYPE=FILE SIZE=99999999999999999999", "x", false, DEVICE_UNKNOWN},
                {"x TYPE=FILE SIZE=-1", "x", false, DEVICE_UNKNOWN},
                {" TYPE=DIR", NULL, false, 0},
                {"x TYPE=DIRECTORY", NULL, false, 0},
                {"FILEERROR=3", NULL, false, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pjl_entry entry;
        const bool read = pjl_read_entry(rows[i].line, strlen(rows[i].line), &entry);
        if (read != (rows[i].name != NULL) ||
            (read && (strcmp(entry.name, rows[i].name) != 0 || entry.folder != rows[i].folder ||
                      entry.size_bytes != rows[i].size_bytes))) {
            fail_msg("%s", rows[i].line);
        }
    }
}

static void test_pjl_values(void **state)
{
    (void)state;
    struct device_status status;
    char text[32];
    struct pjl_answer answer =
        answer_to("@PJL INFO PAGECOUNT\r\nPAGECOUNT=4711\r\n\f" ECHO(NONCE), "INFO PAGECOUNT");
    assert_int_equal(pjl_read_page_count(&answer), 4711);
    answer = answer_to("@PJL INFO PAGECOUNT\r\n 4711 \r\n\f" ECHO(NONCE), "INFO PAGECOUNT");
    assert_int_equal(pjl_read_page_count(&answer), 4711);
    answer = answer_to("@PJL INFO PAGECOUNT\r\n47x\r\n\f" ECHO(NONCE), "INFO PAGECOUNT");
    assert_int_equal(pjl_read_page_count(&answer), DEVICE_UNKNOWN);
    answer = answer_to(
        "@PJL INFO STATUS\r\nCODE=40022\r\nDISPLAY=\"13 JAM\"\r\nONLINE=FALSE\r\n\f" ECHO(NONCE),
        "INFO STATUS");
    assert_true(pjl_read_status(&answer, &status));
    assert_string_equal(status.state, "stopped");
    assert_int_equal(status.reasons.length, 2);
    assert_string_equal(status.reasons.keywords[0], "media-jam");
    assert_string_equal(status.message, "13 JAM");
    answer =
        answer_to("@PJL INFO STATUS\r\nCODE=10001\r\nONLINE=TRUE\r\n\f" ECHO(NONCE), "INFO STATUS");
    assert_true(pjl_read_status(&answer, &status));
    assert_string_equal(status.state, "idle");
    assert_string_equal(status.reasons.keywords[0], "none");
    answer =
        answer_to("@PJL INFO STATUS\r\nCODE=10006\r\nDISPLAY=\"16 TONER LOW\"\r\n\f" ECHO(NONCE),
                  "INFO STATUS");
    assert_true(pjl_read_status(&answer, &status));
    assert_string_equal(status.state, "idle");
    assert_string_equal(status.reasons.keywords[0], "toner-low-warning");
    answer = answer_to("@PJL INFO STATUS\r\nCODE=40039\r\nDISPLAY=\"89 Cartridge "
                       "Empty\"\r\nONLINE=FALSE\r\n\f" ECHO(NONCE),
                       "INFO STATUS");
    assert_true(pjl_read_status(&answer, &status));
    assert_string_equal(status.state, "stopped");
    assert_string_equal(status.reasons.keywords[0], "toner-empty-error");
    answer = answer_to("@PJL INFO STATUS\r\nCODE=7\r\n\f" ECHO(NONCE), "INFO STATUS");
    assert_false(pjl_read_status(&answer, &status));
    answer = answer_to("@PJL DINQUIRE DISKLOCK\r\nON\r\n\f" ECHO(NONCE), "DINQUIRE DISKLOCK");
    assert_int_equal(pjl_read_switch(&answer), 1);
    answer = answer_to("@PJL DINQUIRE DISKLOCK\r\n\"?\"\r\n\f" ECHO(NONCE), "DINQUIRE DISKLOCK");
    assert_int_equal(pjl_read_switch(&answer), -1);
    answer = answer_to("@PJL INFO ID\r\n\" HP\x01 Press \"\r\n\f" ECHO(NONCE), "INFO ID");
    assert_true(pjl_read_id(&answer, text, sizeof text));
    assert_string_equal(text, "HP  Press");
    answer = answer_to(
        "@PJL INFO CONFIG\r\nLANGUAGES [2 ENUMERATED]\r\n\tPCL\r\n\tPOSTSCRIPT\r\n\f" ECHO(NONCE),
        "INFO CONFIG");
    assert_true(pjl_read_postscript(&answer));
    answer = answer_to(
        "@PJL INFO CONFIG\r\nLANGUAGES [1 ENUMERATED]\r\n\tPCL\r\nFONTS\r\n\tPOSTSCRIPT\r\n"
        "\f" ECHO(NONCE),
        "INFO CONFIG");
    assert_false(pjl_read_postscript(&answer));
    assert_string_equal(pjl_file_error_words(12), "read only");
    assert_string_equal(pjl_file_error_words(999), "");
}

/* PostScript ----------------------------------------------------------------------------------- */

static void test_postscript_lines(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum postscript_line_kind kind;
        const char *text;
        int64_t number;
        char letter;
    } rows[] = {{"V 256469736b3025 w", POSTSCRIPT_VOLUME, "%disk0%", DEVICE_UNKNOWN, 'w'},
                {"F 256469736b302561 31337", POSTSCRIPT_FILE, "%disk0%a", 31337, 0},
                {"F 61 -1", POSTSCRIPT_FILE, "a", DEVICE_UNKNOWN, 0},
                {"C 4711", POSTSCRIPT_COUNT, "", 4711, 0},
                {"P 41", POSTSCRIPT_PRODUCT, "A", DEVICE_UNKNOWN, 0},
                {"T yes", POSTSCRIPT_THERE, "", DEVICE_UNKNOWN, 'y'},
                {"E undefinedfilename", POSTSCRIPT_ERROR, "undefinedfilename", DEVICE_UNKNOWN, 0},
                {"%%[ Error: undefined; OffendingCommand: devforall ]%%", POSTSCRIPT_ERROR,
                 "undefined", DEVICE_UNKNOWN, 0},
                {"F 6 1", POSTSCRIPT_STRANGE, "", DEVICE_UNKNOWN, 0},
                {"F 6100 1", POSTSCRIPT_STRANGE, "", DEVICE_UNKNOWN, 0},
                {"F 61 1 2", POSTSCRIPT_STRANGE, "", DEVICE_UNKNOWN, 0},
                {"F 61", POSTSCRIPT_STRANGE, "", DEVICE_UNKNOWN, 0},
                {"C 99999999999999999999", POSTSCRIPT_STRANGE, "", DEVICE_UNKNOWN, 0},
                {"hello", POSTSCRIPT_STRANGE, "", DEVICE_UNKNOWN, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *at = rows[i].line;
        struct postscript_line line;
        assert_true(postscript_line(&at, at + strlen(at), &line));
        if (line.kind != rows[i].kind || strcmp(line.text, rows[i].text) != 0 ||
            line.number != rows[i].number || line.letter != rows[i].letter) {
            fail_msg("%s", rows[i].line);
        }
    }
}

static void test_postscript_part_and_quotes(void **state)
{
    (void)state;
    static const char reply[] = "late\nBEGIN\nC 1\nEND\n";
    const char *text = NULL;
    size_t length = 0;
    char quoted[16];
    assert_true(postscript_part(reply, strlen(reply), "BEGIN", "END", &text, &length));
    assert_int_equal(length, 5);
    assert_false(postscript_part(reply, strlen(reply), "END", "BEGIN", &text, &length));
    assert_true(postscript_quote("a)(\n", quoted, sizeof quoted));
    assert_string_equal(quoted, "<6129280a>");
    assert_false(postscript_quote("1234567", quoted, sizeof quoted));
}

/* IPP ------------------------------------------------------------------------------------------ */

static void add_job(ipp_t *response, int id, const char *name, int state, const char *reason)
{
    ippAddInteger(response, IPP_TAG_JOB, IPP_TAG_INTEGER, "job-id", id);
    ippAddString(response, IPP_TAG_JOB, IPP_TAG_NAME, "job-name", NULL, name);
    ippAddInteger(response, IPP_TAG_JOB, IPP_TAG_ENUM, "job-state", state);
    ippAddString(response, IPP_TAG_JOB, IPP_TAG_KEYWORD, "job-state-reasons", NULL, reason);
    ippAddInteger(response, IPP_TAG_JOB, IPP_TAG_INTEGER, "number-of-documents", id);
    ippAddSeparator(response);
}

static void test_ipp_jobs(void **state)
{
    (void)state;
    const struct residue_rules rules = {.fonts = false};
    struct device_listing listing = {.items = NULL};
    ipp_t *response = ippNew();
    add_job(response, 1, "history", 9, "job-completed-successfully");
    add_job(response, 2, "again\nand again", 9, "job-restartable");
    assert_int_equal(ipp_read_jobs(response, "completed", &rules, &listing), 2);
    assert_int_equal(listing.length, 2);
    assert_false(listing.items[0].residue);
    assert_true(listing.items[1].residue);
    assert_string_equal(listing.items[1].name, "again and again");
    ipp_t *stored = ippNew();
    add_job(stored, 3, "stored", 9, "job-stored-with-warnings");
    add_job(stored, 4, "saved", 9, "job-saved-successfully");
    assert_int_equal(ipp_read_jobs(stored, "completed", &rules, &listing), 2);
    assert_int_equal(listing_residue(&listing), 3);
    ippDelete(stored);
    listing_clear(&listing);
    (void)ipp_read_jobs(response, "completed", &rules, &listing);
    assert_string_equal(listing.items[1].state, "completed");
    /* The same jobs in a list of stored ones: what a job is was settled by the first. */
    assert_int_equal(ipp_read_jobs(response, "saved", &rules, &listing), 2);
    assert_int_equal(listing.length, 2);
    listing_clear(&listing);
    (void)ipp_read_jobs(response, "saved", &rules, &listing);
    assert_int_equal(listing_residue(&listing), 2);
    listing_clear(&listing);
    (void)ipp_read_jobs(response, "stored-\x1b[2J\xff", &rules, &listing);
    assert_string_equal(listing.items[0].where, "stored- [2J?");
    listing_clear(&listing);
    add_job(response, 0, "nameless", 4, "none");
    assert_int_equal(ipp_read_jobs(response, IPP_JOBS_KEPT, &rules, &listing), 3);
    assert_true(listing.incomplete);
    listing_clear(&listing);
    ippDelete(response);
}

static void test_ipp_supplies(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum device_supply_kind kind;
        enum device_supply_state state;
        int level_percent;
        const char *color;
    } rows[] = {{"type=toner;maxcapacity=100;level=50;colorantname=black;", DEVICE_TONER,
                 DEVICE_SUPPLY_OK, 50, "black"},
                {"type=tonerCartridge;maxcapacity=8000;level=400;colorantname=cyan", DEVICE_TONER,
                 DEVICE_SUPPLY_LOW, 5, "cyan"},
                {"type=ink;maxcapacity=100;level=0;", DEVICE_INK, DEVICE_SUPPLY_EMPTY, 0, ""},
                {"type=wasteToner;maxcapacity=100;level=-3;colorantname=unknown", DEVICE_WASTE,
                 DEVICE_SUPPLY_OK, DEVICE_UNKNOWN, ""},
                {"type=opc;maxcapacity=-2;level=50", DEVICE_DRUM, DEVICE_SUPPLY_UNKNOWN,
                 DEVICE_UNKNOWN, ""},
                {"type=fuser;maxcapacity=100;level=101", DEVICE_FUSER, DEVICE_SUPPLY_UNKNOWN,
                 DEVICE_UNKNOWN, ""},
                {"type=staples;maxcapacity=99999999999999999999;level=1", DEVICE_OTHER_SUPPLY,
                 DEVICE_SUPPLY_UNKNOWN, DEVICE_UNKNOWN, ""},
                {";;==;", DEVICE_OTHER_SUPPLY, DEVICE_SUPPLY_UNKNOWN, DEVICE_UNKNOWN, ""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device_supply supply;
        ipp_read_supply(rows[i].text, strlen(rows[i].text), "", &supply);
        if (supply.kind != rows[i].kind || supply.state != rows[i].state ||
            supply.level_percent != rows[i].level_percent ||
            strcmp(supply.color, rows[i].color) != 0) {
            fail_msg("%s: %d %d %d %s", rows[i].text, (int)supply.kind, (int)supply.state,
                     supply.level_percent, supply.color);
        }
    }
}

static void test_ipp_markers(void **state)
{
    (void)state;
    static const char *const names[] = {"Black", "Yellow"};
    static const char *const types[] = {"toner", "wasteToner"};
    static const int levels[] = {9, -1};
    static struct device_supplies supplies;
    ipp_t *response = ippNew();
    ippAddStrings(response, IPP_TAG_PRINTER, IPP_TAG_NAME, "marker-names", 2, NULL, names);
    ippAddStrings(response, IPP_TAG_PRINTER, IPP_TAG_KEYWORD, "marker-types", 2, NULL, types);
    ippAddIntegers(response, IPP_TAG_PRINTER, IPP_TAG_INTEGER, "marker-levels", 2, levels);
    ipp_read_supplies(response, &supplies);
    assert_int_equal(supplies.length, 2);
    assert_int_equal(supplies.items[0].state, DEVICE_SUPPLY_LOW);
    assert_int_equal(supplies.items[0].level_percent, 9);
    assert_int_equal(supplies.items[1].kind, DEVICE_WASTE);
    assert_int_equal(supplies.items[1].level_percent, DEVICE_UNKNOWN);
    ippDelete(response);
}

static void test_ipp_counters(void **state)
{
    (void)state;
    struct device_counters counters = {1, 2, 3};
    ipp_t *response = ippNew();
    assert_false(ipp_read_counters(response, &counters));
    assert_int_equal(counters.media_sheets, 3);
    ippAddInteger(response, IPP_TAG_PRINTER, IPP_TAG_INTEGER, "printer-impressions-completed", 70);
    ipp_t *kinds = ippNew();
    ippAddInteger(kinds, IPP_TAG_ZERO, IPP_TAG_INTEGER, "full-color", 5);
    ippAddInteger(kinds, IPP_TAG_ZERO, IPP_TAG_INTEGER, "full-color-two-sided", 4);
    ippAddCollection(response, IPP_TAG_PRINTER, "printer-impressions-completed-col", kinds);
    ippDelete(kinds);
    assert_true(ipp_read_counters(response, &counters));
    assert_int_equal(counters.impressions, 70);
    assert_int_equal(counters.color_impressions, 13);
    assert_int_equal(counters.media_sheets, DEVICE_UNKNOWN);
    ippDelete(response);
}

/* Names ---------------------------------------------------------------------------------------- */

static void test_makers(void **state)
{
    (void)state;
    static const struct {
        const char *model, *make, *rest;
        bool known;
    } rows[] = {{"HP LaserJet 600", "HP", "LaserJet 600", true},
                {"hewlett-packard Color", "HP", "Color", true},
                {"KONICA MINOLTA bizhub C250i", "Konica Minolta", "bizhub C250i", true},
                {"Example Press 1", "Example", "Press 1", false},
                {"HPX 1", "HPX", "1", false},
                {"Press", "", "Press", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device_facts facts = {.make = ""};
        facts_from_model(&facts, rows[i].model);
        if (strcmp(facts.make, rows[i].make) != 0 || strcmp(facts.model, rows[i].rest) != 0 ||
            (vendor_of(&facts) != NULL) != rows[i].known) {
            fail_msg("%s: %s, %s", rows[i].model, facts.make, facts.model);
        }
    }
}

/** A check list for each maker, in both languages, under ids that are the only ones. */
static void test_steps_of_makers(void **state)
{
    (void)state;
    static const char *const makers[] = {"HP",    "Lexmark", "Xerox",         "Ricoh",
                                         "Canon", "Kyocera", "Konica Minolta"};
    const char *ids[32];
    size_t ids_length = 0;
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        struct device_facts facts = {.make = ""};
        (void)snprintf(facts.make, sizeof facts.make, "%s", makers[i]);
        const struct vendor *vendor = vendor_of(&facts);
        assert_non_null(vendor);
        assert_string_equal(vendor->make, makers[i]);
        assert_int_equal(vendor->tells_overwrite, i == 0);
        assert_non_null(vendor->steps[0].id);
        for (size_t k = 0; k < VENDOR_STEPS_MAX && vendor->steps[k].id != NULL; k++) {
            const struct vendor_step *step = &vendor->steps[k];
            assert_true(strlen(step->english) > 20);
            assert_int_equal(strspn(step->english, "\x20!\"#$%&'()*+,-./0123456789:;<=>?"
                                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                   "abcdefghijklmnopqrstuvwxyz"),
                             strlen(step->english));
            assert_true(strlen(step->chinese) > 20);
            assert_true((unsigned char)step->chinese[0] >= 0xE4);
            for (size_t n = 0; n < ids_length; n++) {
                assert_string_not_equal(step->id, ids[n]);
            }
            ids[ids_length++] = step->id;
        }
    }
}

static void test_languages_of_a_device_id(void **state)
{
    (void)state;
    static const struct {
        const char *device_id;
        bool pjl, postscript;
    } rows[] = {{"MFG:X;MDL:Y;CMD:PJL,PCL,POSTSCRIPT3;", true, true},
                {"MFG:X;MDL:Y;COMMAND SET:PCL;", false, false},
                {"MFG:X;MDL:Y;CMD:BR-SCRIPT,XPJL,PJLX;", false, false},
                {"MFG:X;MDL:Y;CMD:PS;", false, true},
                {"MFG:PJL;MDL:PS;", false, false},
                {"", false, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool pjl = !rows[i].pjl;
        bool postscript = !rows[i].postscript;
        languages_of_device_id(rows[i].device_id, &pjl, &postscript);
        if (pjl != rows[i].pjl || postscript != rows[i].postscript) {
            fail_msg("%s", rows[i].device_id);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pjl_three_answers),
        cmocka_unit_test(test_pjl_two_commands_in_a_frame),
        cmocka_unit_test(test_pjl_volumes),
        cmocka_unit_test(test_pjl_entries),
        cmocka_unit_test(test_pjl_values),
        cmocka_unit_test(test_postscript_lines),
        cmocka_unit_test(test_postscript_part_and_quotes),
        cmocka_unit_test(test_ipp_jobs),
        cmocka_unit_test(test_ipp_supplies),
        cmocka_unit_test(test_ipp_markers),
        cmocka_unit_test(test_ipp_counters),
        cmocka_unit_test(test_makers),
        cmocka_unit_test(test_steps_of_makers),
        cmocka_unit_test(test_languages_of_a_device_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
