/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makers. For none of them an open way is known to have what was deleted overwritten over the wire,
 * or to delete every job that a user stored at the panel; so these are steps for a person, who
 * attests them. Names of menus differ by model and firmware: a step says what has to be seen, and
 * roughly where; the model's own manual says exactly where. A maker that is not here gets no steps,
 * and the result says that nothing is known.
 */
#include "drivers/vendors.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "drivers/text.h"
#include "drivers/usb-device-id.h"

static const char *const hp[] = {"hewlett-packard", "hewlett packard", "hp", NULL};
static const char *const lexmark[] = {"lexmark", NULL};
static const char *const xerox[] = {"xerox", "fuji xerox", "fujifilm", NULL};
static const char *const ricoh[] = {"ricoh", "savin", "lanier", "nashuatec", "gestetner", NULL};
static const char *const canon[] = {"canon", NULL};
static const char *const kyocera[] = {"kyocera", "ta triumph-adler", "utax", NULL};
static const char *const konica[] = {"konica minolta", "konica-minolta", "konicaminolta", "develop",
                                     NULL};

static const struct vendor vendors[] = {
    {"HP",
     hp,
     {"webserver", "default"},
     true,
     {{"hp-erase-mode",
       "Web page of the device, Security, Protect stored data: the file erase mode is Secure Fast "
       "or Secure Sanitize; note which.",
       "设备网页→安全→保护存储数据：文件擦除模式为“安全快速”或“安全清理”；记下是哪一种。"},
      {"hp-stored-jobs",
       "Panel, Retrieve from device memory: no stored or private job is listed; delete those that "
       "are.",
       "面板→从设备内存检索：没有存储的或个人作业；如有则删除。"}}},
    {"Lexmark",
     lexmark,
     {NULL},
     false,
     {{"lexmark-held-jobs",
       "Panel, Held jobs: the list is empty for every user; disk wiping leaves held jobs out.",
       "面板→保留的作业：所有用户的列表均为空；磁盘擦除不包括保留的作业。"},
      {"lexmark-disk-wiping",
       "Web page, Settings, Security, Disk wiping: automatic wiping is on; note the mode.",
       "设备网页→设置→安全→磁盘擦除：已启用自动擦除；记下模式。"}}},
    {"Xerox",
     xerox,
     {NULL},
     false,
     {{"xerox-overwrite-now",
       "Web page, Security, On demand overwrite: run the full mode; the device is offline "
       "meanwhile and prints a confirmation sheet: file it.",
       "设备网页→安全→按需覆写：执行完整模式；期间设备离线，完成后打印确认单：存档。"},
      {"xerox-saved-jobs", "Saved jobs: every folder is empty; overwriting leaves saved jobs out.",
       "已保存作业：所有文件夹均为空；覆写不包括已保存作业。"}}},
    {"Ricoh",
     ricoh,
     {NULL},
     false,
     {{"ricoh-auto-erase",
       "Panel: the overwrite icon shows Clear after the document server and stored prints were "
       "emptied by hand; it also shows Clear while stored jobs exist.",
       "面板：先手动清空文件服务器与存储打印，再看覆写图标为“已清除”；仍有存储作业时图标也会"
       "显示“已清除”。"}}},
    {"Canon",
     canon,
     {NULL},
     false,
     {{"canon-mail-boxes",
       "Remote UI, Access stored files: all boxes, the advanced box and secured prints are empty.",
       "远程用户界面→访问存储文件：所有信箱、高级信箱与加密打印均为空。"},
      {"canon-complete-deletion",
       "Settings, Management, Hard disk data complete deletion is on; note the mode.",
       "设置→管理设置→硬盘数据完全删除已启用；记下模式。"}}},
    {"Kyocera",
     kyocera,
     {NULL},
     false,
     {{"kyocera-job-box", "Panel, Job box and Custom box: every box is empty.",
       "面板→作业信箱与自定义信箱：均为空。"},
      {"kyocera-overwrite",
       "System menu, Data security: overwriting is on where the data security kit is installed.",
       "系统菜单→数据安全：已安装数据安全套件时，覆写已启用。"}}},
    {"Konica Minolta",
     konica,
     {NULL},
     false,
     {{"konica-minolta-boxes",
       "Panel, User box: public, personal, secure print and ID boxes are empty.",
       "面板→用户信箱：公共、个人、安全打印与 ID 信箱均为空。"},
      {"konica-minolta-overwrite",
       "Administrator settings, Security, HDD settings: overwriting of temporary data is on.",
       "管理员设置→安全→硬盘设置：已启用临时数据覆写。"}}},
};

static bool begins(const char *text, const char *name)
{
    const size_t length = strlen(name);
    return strncasecmp(text, name, length) == 0 &&
           (text[length] == '\0' || strchr(" -_,.", text[length]) != NULL);
}

static const struct vendor *find(const char *text, size_t *ret_length)
{
    for (size_t i = 0; i < sizeof vendors / sizeof vendors[0]; i++) {
        for (const char *const *name = vendors[i].names; *name != NULL; name++) {
            if (begins(text, *name)) {
                *ret_length = strlen(*name);
                return &vendors[i];
            }
        }
    }
    return NULL;
}

const struct vendor *vendor_of(const struct device_facts *facts)
{
    size_t length = 0;
    const struct vendor *vendor = find(facts->make, &length);
    return vendor != NULL ? vendor : find(facts->model, &length);
}

void vendor_keep(const struct vendor *vendor, struct residue_rules *rules)
{
    for (size_t i = 0; i < VENDOR_KEEP_MAX && vendor->keep[i] != NULL; i++) {
        if (rules->keep_length < DEVICE_KEEP_MAX) {
            rules->keep[rules->keep_length++] = vendor->keep[i];
        }
    }
}

/* Names ---------------------------------------------------------------------------------------- */

static void fill(char *to, const char *text)
{
    if (to[0] == '\0') {
        text_clean(to, DEVICE_NAME_BYTES, text);
    }
}

void facts_from_device_id(struct device_facts *facts)
{
    static const char *const make_keys[] = {"MFG", "MANUFACTURER", NULL};
    static const char *const model_keys[] = {"MDL", "MODEL", NULL};
    static const char *const serial_keys[] = {"SN", "SERN", "SERIALNUMBER", NULL};
    char value[DEVICE_NAME_BYTES];
    const struct {
        const char *const *keys;
        char *to;
    } rows[] = {{make_keys, facts->make}, {model_keys, facts->model}, {serial_keys, facts->serial}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (usb_device_id_value(facts->device_id, rows[i].keys, value, sizeof value)) {
            fill(rows[i].to, value);
        }
    }
}

void facts_from_model(struct device_facts *facts, const char *make_and_model)
{
    size_t length = 0;
    const struct vendor *vendor = find(make_and_model, &length);
    if (make_and_model[0] == '\0') {
        return;
    }
    if (vendor != NULL) {
        fill(facts->make, vendor->make);
    } else {
        char make[DEVICE_NAME_BYTES];
        length = strcspn(make_and_model, " ");
        (void)snprintf(make, sizeof make, "%.*s", (int)length, make_and_model);
        if (make_and_model[length] != '\0') {
            fill(facts->make, make);
        } else {
            length = 0;
        }
    }
    make_and_model += length;
    make_and_model += strspn(make_and_model, " ");
    fill(facts->model, make_and_model);
}

/* Languages ------------------------------------------------------------------------------------ */

/** Whether one of the words between commas is that word, maybe with digits behind: "POSTSCRIPT3" is
 * PostScript. */
static bool lists(const char *commands, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = commands; *at != '\0';) {
        at += strspn(at, ", ");
        if (strncasecmp(at, word, length) == 0 && strchr(", 0123456789", at[length]) != NULL) {
            return true;
        }
        at += strcspn(at, ",");
    }
    return false;
}

void languages_of_device_id(const char *device_id, bool *ret_pjl, bool *ret_postscript)
{
    static const char *const keys[] = {"COMMAND SET", "CMD", NULL};
    char commands[DEVICE_TEXT_BYTES] = "";
    if (device_id != NULL) {
        (void)usb_device_id_value(device_id, keys, commands, sizeof commands);
    }
    *ret_pjl = lists(commands, "PJL");
    *ret_postscript = lists(commands, "POSTSCRIPT") || lists(commands, "PS");
}
