/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/cups/ppd.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "daemon/error.h"

/** One choice of an option: keyword, and its words. */
struct choice {
    const char *keyword;
    const char *english;
    const char *chinese;
    const char *code; /**< PostScript; never sent anywhere, but programs tell choices apart by it */
};

/** Sizes in points. */
struct size {
    const char *keyword;
    const char *english;
    const char *chinese;
    double width;
    double length;
};

static const struct size sizes[] = {
    {"A4", "A4", "A4", 595.28, 841.89},
    {"A3", "A3", "A3", 841.89, 1190.55},
    {"A5", "A5", "A5", 419.53, 595.28},
    {"B4", "B4 (JIS)", "B4 (JIS)", 728.50, 1031.81},
    {"B5", "B5 (JIS)", "B5 (JIS)", 515.91, 728.50},
    {"195x270mm", "16K (195 x 270 mm)", "16开 (195 x 270 毫米)", 552.76, 765.35},
    {"Letter", "US Letter", "美国信纸", 612, 792},
    {"Legal", "US Legal", "美国法律纸", 612, 1008},
};
enum { MARGIN_POINTS = 12 };

static const char header[] = "*PPD-Adobe: \"4.3\"\n"
                             "*FormatVersion: \"4.3\"\n"
                             "*FileVersion: \"1.0\"\n"
                             "*LanguageVersion: English\n"
                             "*LanguageEncoding: ISOLatin1\n"
                             "*cupsLanguages: \"zh_CN\"\n"
                             "*PCFileName: \"PRNTROOM.PPD\"\n"
                             "*Manufacturer: \"printroom\"\n"
                             "*Product: \"(printroom)\"\n"
                             "*ModelName: \"printroom managed queue\"\n"
                             "*ShortNickName: \"printroom managed queue\"\n"
                             "*NickName: \"printroom managed queue\"\n"
                             "*PSVersion: \"(3010.000) 0\"\n"
                             "*LanguageLevel: \"3\"\n"
                             "*ColorDevice: True\n"
                             "*DefaultColorSpace: RGB\n"
                             "*FileSystem: False\n"
                             "*Throughput: \"30\"\n"
                             "*LandscapeOrientation: Plus90\n"
                             "*TTRasterizer: Type42\n"
                             "*cupsVersion: 2.4\n"
                             "*cupsModelNumber: 0\n"
                             "*cupsManualCopies: False\n"
                             "*cupsFilter2: \"application/vnd.cups-pdf application/pdf 0 -\"\n";

/**
 * Words of a translation string: what has a meaning in a PPD is written as a hexadecimal substring
 * (PPD 4.3 §5.3). The PPD's own language is written in ASCII; only the zh_CN strings are UTF-8 in
 * CUPS's globalised PPDs.
 */
static void put_words(FILE *stream, const char *words, bool ascii)
{
    for (const unsigned char *c = (const unsigned char *)words; *c != '\0'; c++) {
        if (strchr(":\"/<>", *c) != NULL || *c < 0x20 || *c == 0x7f) {
            fprintf(stream, "<%02X>", *c);
        } else if (ascii && *c >= 0x80) {
            /* One mark for a character, not one for each of its bytes. */
            fputs((*c & 0xc0) == 0x80 ? "" : "?", stream);
        } else {
            fputc(*c, stream);
        }
    }
}

static void put_translation(FILE *stream, const char *option, const char *keyword,
                            const char *words)
{
    fprintf(stream, "*zh_CN.%s %s/", option, keyword);
    put_words(stream, words, false);
    fputs(": \"\"\n", stream);
}

static void open_option(FILE *stream, const char *option, const char *english, const char *chinese,
                        const char *type, int order)
{
    fprintf(stream, "\n*OpenUI *%s/", option);
    put_words(stream, english, true);
    fprintf(stream, ": %s\n*zh_CN.Translation %s/", type, option);
    put_words(stream, chinese, false);
    fprintf(stream, ": \"\"\n*OrderDependency: %d AnySetup *%s\n", order, option);
}

static void put_choice(FILE *stream, const char *option, const struct choice *choice)
{
    fprintf(stream, "*%s %s/", option, choice->keyword);
    put_words(stream, choice->english, true);
    fprintf(stream, ": \"%s\"\n", choice->code);
    put_translation(stream, option, choice->keyword, choice->chinese);
}

static void close_option(FILE *stream, const char *option)
{
    fprintf(stream, "*CloseUI: *%s\n", option);
}

/** An option with a fixed set of choices; the first one is the default. */
static void put_option(FILE *stream, const char *option, const char *english, const char *chinese,
                       const char *type, int order, const struct choice *choices, size_t length)
{
    open_option(stream, option, english, chinese, type, order);
    fprintf(stream, "*Default%s: %s\n", option, choices[0].keyword);
    for (size_t i = 0; i < length; i++) {
        put_choice(stream, option, &choices[i]);
    }
    close_option(stream, option);
}

static void put_levels(FILE *stream, const struct policy_ladder *ladder, int default_level)
{
    open_option(stream, "Classification", "Classification", "密级", "PickOne", 20);
    fprintf(stream, "*DefaultClassification: %s\n", ladder->level[default_level].id);
    for (size_t i = 0; i < ladder->levels; i++) {
        const struct policy_level *level = &ladder->level[i];
        const struct choice choice = {level->id, level->name_en, level->name_zh, ""};

        put_choice(stream, "Classification", &choice);
    }
    close_option(stream, "Classification");
}

static void put_document_number(FILE *stream)
{
    static const struct choice none = {"None", "None", "无", ""};

    open_option(stream, "DocumentNumber", "Document number", "发文字号", "PickOne", 22);
    fputs("*DefaultDocumentNumber: None\n", stream);
    put_choice(stream, "DocumentNumber", &none);
    close_option(stream, "DocumentNumber");
    fputs("*CustomDocumentNumber True: \"pop\"\n"
          "*ParamCustomDocumentNumber Number/Number: 1 string 0 64\n",
          stream);
    put_translation(stream, "ParamCustomDocumentNumber", "Number", "发文字号");
}

/** PageSize and PageRegion (the PPD format wants both). */
static void put_page_option(FILE *stream, const char *option, const char *english,
                            const char *chinese)
{
    open_option(stream, option, english, chinese, "PickOne", 10);
    fprintf(stream, "*Default%s: %s\n", option, sizes[0].keyword);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char code[96];
        const struct choice choice = {sizes[i].keyword, sizes[i].english, sizes[i].chinese, code};

        snprintf(code, sizeof code, "<</PageSize[%g %g]/ImagingBBox null>>setpagedevice",
                 sizes[i].width, sizes[i].length);
        put_choice(stream, option, &choice);
    }
    close_option(stream, option);
}

static void put_dimensions(FILE *stream)
{
    fprintf(stream, "\n*DefaultImageableArea: %s\n*DefaultPaperDimension: %s\n", sizes[0].keyword,
            sizes[0].keyword);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        fprintf(stream, "*ImageableArea %s: \"%d %d %g %g\"\n*PaperDimension %s: \"%g %g\"\n",
                sizes[i].keyword, MARGIN_POINTS, MARGIN_POINTS, sizes[i].width - MARGIN_POINTS,
                sizes[i].length - MARGIN_POINTS, sizes[i].keyword, sizes[i].width, sizes[i].length);
    }
}

int managed_queue_ppd_write(const struct policy_ladder *ladder, int default_level, FILE *stream)
{
    static const struct choice duplex[] = {
        {"None", "One-sided", "单面", "<</Duplex false>>setpagedevice"},
        {"DuplexNoTumble", "Long edge", "双面（长边翻转）",
         "<</Duplex true/Tumble false>>setpagedevice"},
        {"DuplexTumble", "Short edge", "双面（短边翻转）",
         "<</Duplex true/Tumble true>>setpagedevice"},
    };
    static const struct choice color[] = {
        {"RGB", "Color", "彩色", "<</cupsColorSpace 19/cupsBitsPerColor 8>>setpagedevice"},
        {"Gray", "Black and white", "黑白",
         "<</cupsColorSpace 18/cupsBitsPerColor 8>>setpagedevice"},
    };
    static const struct choice urgent[] = {
        {"False", "No", "否", ""},
        {"True", "Yes", "是", ""},
    };

    if (default_level < 0 || (size_t)default_level >= ladder->levels) {
        return PR_EINVAL;
    }
    errno = 0;
    fputs(header, stream);
    put_levels(stream, ladder, default_level);
    put_option(stream, "Urgent", "Urgent", "加急", "Boolean", 21, urgent, 2);
    put_document_number(stream);
    put_page_option(stream, "PageSize", "Paper", "纸张");
    put_page_option(stream, "PageRegion", "Paper", "纸张");
    put_dimensions(stream);
    put_option(stream, "Duplex", "Sides", "单双面", "PickOne", 11, duplex, 3);
    put_option(stream, "ColorModel", "Color", "颜色", "PickOne", 12, color, 2);
    fputs("\n*DefaultFont: Courier\n*Font Courier: Standard \"(1.05)\" Standard ROM\n", stream);
    if (fflush(stream) != 0 || ferror(stream)) {
        return errno != 0 ? pr_error_from_errno(errno) : PR_EIO;
    }
    return PR_OK;
}
