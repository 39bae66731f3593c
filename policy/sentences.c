/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/sentences.h"

#define SENTENCE(english, chinese)                                                                 \
    {                                                                                              \
        [POLICY_ENGLISH] = (english), [POLICY_CHINESE] = (chinese)                                 \
    }

const struct policy_language_words policy_language_words[] = {
    [POLICY_ENGLISH] = {"this person",
                        "the department",
                        "this month",
                        "unknown",
                        "unknown",
                        {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
                         "Sunday"},
                        "Ask the office director.",
                        " "},
    [POLICY_CHINESE] = {"该用户",
                        "本部门",
                        "本月",
                        "未知",
                        "未知",
                        {"周一", "周二", "周三", "周四", "周五", "周六", "周日"},
                        "请联系办公室主任。",
                        ""},
};

const struct policy_effect_words policy_effect_words[] = {
    [POLICY_PRINT] =
        {
            .before = SENTENCE("", ""),
            .after = SENTENCE("", ""),
            .summary = SENTENCE(
                "The job can be printed: {sheets} {sheets?sheet|sheets} (A4), level {level}.",
                "作业可以打印：折合A4纸{sheets}张，密级“{level}”。"),
        },
    [POLICY_HOLD] =
        {
            .before = SENTENCE("The job is held.", "作业已挂起，暂不打印。"),
            .after = SENTENCE("There is no need to send it again.", "无需重新提交。"),
            .summary =
                SENTENCE("The job is held for {holds} {holds?reason|reasons}: "
                         "{sheets} {sheets?sheet|sheets} (A4), level {level}.",
                         "作业已挂起，有{holds}项待处理：折合A4纸{sheets}张，密级“{level}”。"),
        },
    [POLICY_REFUSE] =
        {
            .before = SENTENCE("The job is refused.", "作业未被受理。"),
            .after = SENTENCE("Then send the job again.", "之后请重新提交。"),
            .summary =
                SENTENCE("The job is refused: level {level}.", "作业未被受理：密级“{level}”。"),
        },
};

static const struct policy_sentence person_sentences[] = {
    [POLICY_PERSON_REGISTERED] =
        {
            .found = SENTENCE("The account of {person} is registered and active.",
                              "{person}已登记，账号有效。"),
        },
    [POLICY_PERSON_UNKNOWN] =
        {
            .found =
                SENTENCE("No registration was found for {person}.", "没有查到{person}的登记信息。"),
            .advice = SENTENCE("Ask the system administrator to have the account registered "
                               "(command: printroom person add).",
                               "请联系系统管理员办理登记（命令：printroom person add）。"),
        },
    [POLICY_PERSON_INACTIVE] =
        {
            .found = SENTENCE("The account of {person} is not active.", "{person}的账号已停用。"),
            .advice = SENTENCE("Ask the system administrator to have the account activated.",
                               "请联系系统管理员恢复账号。"),
        },
    [POLICY_PERSON_WITHOUT_DEPARTMENT] =
        {
            .found = SENTENCE("No active department is assigned to {person}, "
                              "so there is no quota to take the sheets from.",
                              "{person}没有所属部门，或所属部门已停用，用纸无处列支。"),
            .advice = SENTENCE("Ask the system administrator to have a department assigned.",
                               "请联系系统管理员核定所属部门。"),
        },
};

enum pages_found { PAGES_WITHIN, PAGES_UNLIMITED, PAGES_OVER, PAGES_NONE };
static const struct policy_sentence pages_sentences[] = {
    [PAGES_WITHIN] =
        {
            .found = SENTENCE("The document has {pages} {pages?page|pages}; up to {limit} "
                              "{limit?is|are} allowed.",
                              "文件共{pages}页，未超过{limit}页的上限。"),
        },
    [PAGES_UNLIMITED] =
        {
            .found = SENTENCE("The document has {pages} {pages?page|pages}; any number is allowed.",
                              "文件共{pages}页，页数不设上限。"),
        },
    [PAGES_OVER] =
        {
            .found =
                SENTENCE("The document has {pages} pages; at most {limit} {limit?is|are} allowed.",
                         "文件共{pages}页，超过单个文件{limit}页的上限。"),
            .advice =
                SENTENCE("Split it into parts of at most {limit} {limit?page|pages}, or ask the "
                         "office director to have the limit raised.",
                         "请拆分为每份不超过{limit}页的文件，确有需要时请联系办公室主任调整上限。"),
        },
    [PAGES_NONE] =
        {
            .found =
                SENTENCE("No page that can be printed was found in the document ({pages} pages).",
                         "文件中没有可以打印的页面（{pages}页）。"),
            .advice =
                SENTENCE("Open the document and check its pages and their sizes; if they look "
                         "right, ask the office director.",
                         "请打开文件检查页面和纸张大小；如无异常，请联系办公室主任。"),
        },
};

enum copies_found { COPIES_WITHIN, COPIES_UNLIMITED, COPIES_OVER, COPIES_UNCOUNTABLE };
static const struct policy_sentence copies_sentences[] = {
    [COPIES_WITHIN] =
        {
            .found = SENTENCE("{copies} {copies?copy was|copies were} asked for; up to {limit} "
                              "{limit?is|are} allowed for this job.",
                              "打印{copies}份，未超过本作业{limit}份的上限。"),
        },
    [COPIES_UNLIMITED] =
        {
            .found =
                SENTENCE("{copies} {copies?copy was|copies were} asked for; any number is allowed.",
                         "打印{copies}份，份数不设上限。"),
        },
    [COPIES_OVER] =
        {
            .found =
                SENTENCE("{copies} copies were asked for; at most {limit} {limit?is|are} allowed "
                         "for this job.",
                         "要求打印{copies}份，超过本作业{limit}份的上限。"),
            .advice =
                SENTENCE("Ask for at most {limit} {limit?copy|copies}; if more are needed, talk to "
                         "the office director first.",
                         "请将份数减到{limit}份以内；确需更多份数时，请先联系办公室主任。"),
        },
    [COPIES_UNCOUNTABLE] =
        {
            .found =
                SENTENCE("The sheets for {copies} {copies?copy|copies} in this layout cannot be "
                         "counted.",
                         "按{copies}份及所选版式无法核算用纸张数。"),
            .advice =
                SENTENCE("Check the number of copies and of pages per side; if they look right, "
                         "ask the office director.",
                         "请检查份数和每面页数；如无异常，请联系办公室主任。"),
        },
};

enum sheets_found { SHEETS_WITHIN, SHEETS_OVER };
static const struct policy_sentence sheets_sentences[] = {
    [SHEETS_WITHIN] =
        {
            .found = SENTENCE("The job needs {sheets} {sheets?sheet|sheets} (A4); up to {limit} "
                              "{limit?is|are} allowed for one job.",
                              "作业折合A4纸{sheets}张，未超过单个作业{limit}张的上限。"),
        },
    [SHEETS_OVER] =
        {
            .found = SENTENCE("The job needs {sheets} sheets (A4); at most {limit} {limit?is|are} "
                              "allowed for one job.",
                              "作业折合A4纸{sheets}张，超过单个作业{limit}张的上限。"),
            .advice = SENTENCE("Ask for fewer copies, print on both sides or split the document; "
                               "if all of it is needed at once, talk to the office director first.",
                               "请减少份数、改为双面打印或拆分文件；确需一次印完时，"
                               "请先联系办公室主任。"),
        },
};

enum label_found { LABEL_NAMED, LABEL_DEFAULT };
static const struct policy_sentence label_sentences[] = {
    [LABEL_NAMED] =
        {
            .found = SENTENCE("The job was sent as {level}.", "送印时选择的密级为“{level}”。"),
        },
    [LABEL_DEFAULT] =
        {
            .found = SENTENCE("The job was sent without a level and is taken as {level}.",
                              "送印时未选择密级，按默认密级“{level}”处理。"),
        },
};

enum marks_found { MARKS_NONE, MARKS_COVERED, MARKS_ABOVE };
static const struct policy_sentence marks_sentences[] = {
    [MARKS_NONE] =
        {
            .found = SENTENCE(
                "No classification marks were found in the document; it was sent as {label}.",
                "文件中未发现密级标志，送印密级为“{label}”。"),
        },
    [MARKS_COVERED] =
        {
            .found =
                SENTENCE("The document is marked {level}; it was sent as {label}, which is enough.",
                         "文件中的密级标志为“{level}”，未超出送印密级“{label}”。"),
        },
    [MARKS_ABOVE] =
        {
            .found =
                SENTENCE("The document is marked {level} but was sent as {label}; it is treated "
                         "as {level}.",
                         "文件中的密级标志为“{level}”，高于送印密级“{label}”，现按“{level}”处理。"),
            .advice = SENTENCE("Ask the office director to review the level of the document "
                               "(printroom confirm).",
                               "请联系办公室主任复核文件密级（printroom confirm）。"),
        },
};

enum people_found { PEOPLE_INCLUDED, PEOPLE_NOT_INCLUDED, PEOPLE_NOBODY };
static const struct policy_sentence people_sentences[] = {
    [PEOPLE_INCLUDED] =
        {
            .found = SENTENCE("{person} may print jobs of level {level}.",
                              "{person}可以打印“{level}”级文件。"),
        },
    [PEOPLE_NOT_INCLUDED] =
        {
            .found = SENTENCE("{person} is not one of those who may print jobs of level {level}.",
                              "{person}不在可以打印“{level}”级文件的人员之列。"),
            .advice = SENTENCE("Ask the office director to have it printed by somebody who may "
                               "(printroom level list says who), or to be named for the level.",
                               "请联系办公室主任，由有权人员（printroom level list "
                               "可查）送印，或办理授权。"),
        },
    [PEOPLE_NOBODY] =
        {
            .found = SENTENCE("Jobs of level {level} are not printed here.",
                              "本文印室不打印“{level}”级文件。"),
            .advice = SENTENCE("Ask the office director where the document may be printed.",
                               "请联系办公室主任安排在指定场所印制。"),
        },
};

enum approval_found { APPROVAL_GIVEN, APPROVAL_HEAD, APPROVAL_DIRECTOR, APPROVAL_EXTERNAL };
static const struct policy_sentence approval_sentences[] = {
    [APPROVAL_GIVEN] =
        {
            .found = SENTENCE("The job, which is of level {level}, was approved.",
                              "本作业为“{level}”级，已获批准。"),
        },
    [APPROVAL_HEAD] =
        {
            .found = SENTENCE("Jobs of level {level} are printed only with the approval of the "
                              "head of the sender's department.",
                              "“{level}”级文件须经送印人所在部门负责人批准后打印。"),
            .advice = SENTENCE("Ask the head of the department; where there is none, or it is "
                               "their own job, the office director.",
                               "请联系部门负责人审批；部门未设负责人或负责人本人送印的，"
                               "请联系办公室主任。"),
        },
    [APPROVAL_DIRECTOR] =
        {
            .found = SENTENCE("Jobs of level {level} are printed only with approval.",
                              "“{level}”级文件须经批准后打印。"),
            .advice = SENTENCE("Ask the office director to approve it.", "请联系办公室主任审批。"),
        },
    [APPROVAL_EXTERNAL] =
        {
            .found = SENTENCE("Jobs of level {level} are printed only with the consent of the "
                              "authority that classified the document.",
                              "“{level}”级文件须经原定密机关同意后打印。"),
            .advice = SENTENCE("Ask the office director for that authority's reference, with which "
                               "the job is approved (printroom approve JOB --reference REFERENCE).",
                               "请联系办公室主任取得原定密机关的批准文号，并据此审批"
                               "（printroom approve 作业号 --reference 批准文号）。"),
        },
};

enum supervised_found { SUPERVISED_NOT, SUPERVISED, SUPERVISED_RELEASED };
static const struct policy_sentence supervised_sentences[] = {
    [SUPERVISED_NOT] =
        {
            .found = SENTENCE("Jobs of level {level} are printed without a supervisor.",
                              "“{level}”级文件无需监印。"),
        },
    [SUPERVISED] =
        {
            .found =
                SENTENCE("Jobs of level {level} are printed only when a supervisor releases them.",
                         "“{level}”级文件须由监印人员放行后打印。"),
            .advice =
                SENTENCE("Ask a supervisor to come and release it.", "请联系监印人员到场放行。"),
        },
    [SUPERVISED_RELEASED] =
        {
            .found = SENTENCE("A supervisor has released the job, which is of level {level}.",
                              "本作业为“{level}”级，已由监印人员放行。"),
        },
};

static const struct policy_sentence duplex_sentences[] = {
    {
        .found = SENTENCE("The document has {pages} pages; above {limit} {limit?page|pages} the "
                          "print room prints on both sides, so this job is printed two-sided.",
                          "文件共{pages}页，超过{limit}页的文件一律双面打印，本作业已改为双面。"),
    },
};

enum grayscale_found { GRAYSCALE_PAGES, GRAYSCALE_LEVEL };
static const struct policy_sentence grayscale_sentences[] = {
    [GRAYSCALE_PAGES] =
        {
            .found = SENTENCE("{pages} {pages?page has|pages have} colour; above {limit} "
                              "{limit?page|pages} the print room prints in grey, so this job is "
                              "printed without colour.",
                              "文件有彩色页{pages}页，超过{limit}页的一律黑白打印，"
                              "本作业已改为黑白。"),
        },
    [GRAYSCALE_LEVEL] =
        {
            .found = SENTENCE("Jobs of level {level} are printed in grey, so this job is printed "
                              "without colour.",
                              "“{level}”级文件一律黑白打印，本作业已改为黑白。"),
        },
};

static const struct policy_sentence electronic_sentences[] = {
    {
        .found = SENTENCE("{copies} {copies?copy was|copies were} asked for. From {limit} "
                          "{limit?copy|copies} on, consider circulating the file electronically "
                          "instead.",
                          "打印{copies}份（{limit}份起提示）：建议电子化传阅，节约用纸。"),
    },
};

enum urgent_found { URGENT_ALLOWED, URGENT_WITHIN, URGENT_USED_UP, URGENT_ROLE };
static const struct policy_sentence urgent_sentences[] = {
    [URGENT_ALLOWED] =
        {
            .found = SENTENCE("The job goes before ordinary ones.", "本作业按加急办理。"),
        },
    [URGENT_WITHIN] =
        {
            .found =
                SENTENCE("The job goes before ordinary ones; {person} had sent {used} of {limit} "
                         "urgent {limit?job|jobs} a week before it.",
                         "本作业按加急办理；此前{person}本周已用加急{used}次，"
                         "每周限{limit}次。"),
        },
    [URGENT_USED_UP] =
        {
            .found = SENTENCE("{person} has sent {used} urgent {used?job|jobs} this week; {limit} "
                              "{limit?is|are} allowed, so this one is printed in its ordinary "
                              "turn.",
                              "{person}本周已用加急{used}次，每周限{limit}次，"
                              "本作业按普通件依次打印。"),
        },
    [URGENT_ROLE] =
        {
            .found = SENTENCE("Urgent jobs are reserved for certain roles, none of which {person} "
                              "has, so this one is printed in its ordinary turn.",
                              "加急仅限指定角色使用，{person}不在其列，本作业按普通件依次打印。"),
        },
};

enum duplicate_found { DUPLICATE_NONE, DUPLICATE_HELD, DUPLICATE_CONFIRMED };
static const struct policy_sentence duplicate_sentences[] = {
    [DUPLICATE_NONE] =
        {
            .found = SENTENCE("The same document has not been sent by {department} in the last "
                              "{limit} {limit?minute|minutes}.",
                              "{department}最近{limit}分钟内没有提交过相同的文件。"),
        },
    [DUPLICATE_HELD] =
        {
            .found = SENTENCE("The same document was sent by {department} {minutes} "
                              "{minutes?minute|minutes} ago (job {earlier}).",
                              "{department}{minutes}分钟前提交过相同的文件（作业{earlier}）。"),
            .advice = SENTENCE("If it is wanted once more, confirm it (command: printroom confirm "
                               "JOB); if not, cancel it (command: printroom cancel JOB).",
                               "确需再印一次的，请确认（命令：printroom confirm 作业号）；"
                               "属重复提交的，请取消（命令：printroom cancel 作业号）。"),
        },
    [DUPLICATE_CONFIRMED] =
        {
            .found = SENTENCE("The same document was sent by {department} {minutes} "
                              "{minutes?minute|minutes} before (job {earlier}); that it is wanted "
                              "once more was confirmed.",
                              "{department}此前{minutes}分钟提交过相同的文件（作业{earlier}），"
                              "已确认需要再印。"),
        },
};

enum hours_found { HOURS_WITHIN, HOURS_OUTSIDE };
static const struct policy_sentence hours_sentences[] = {
    [HOURS_WITHIN] =
        {
            .found = SENTENCE("It is {now}, within the hours of the print room.",
                              "现在是{now}，在文印室工作时间内。"),
        },
    [HOURS_OUTSIDE] =
        {
            .found = SENTENCE("It is {now}, outside the hours of the print room; printing begins "
                              "again on {begins}.",
                              "现在是{now}，不在文印室工作时间内，{begins}恢复打印。"),
            .advice = SENTENCE("The job is printed by itself then; if it cannot wait, ask the "
                               "office director.",
                               "届时自动打印；确实等不及的，请联系办公室主任。"),
        },
};

enum quota_found { QUOTA_ENOUGH, QUOTA_SHORT };
static const struct policy_sentence quota_sentences[] = {
    [QUOTA_ENOUGH] =
        {
            .found = SENTENCE(
                "{sheets} {sheets?sheet|sheets} (A4) {sheets?is|are} needed; {department} has "
                "{left} left for {month}.",
                "本次需用纸{sheets}张（折合A4），{department}{month}额度还剩{left}张。"),
        },
    [QUOTA_SHORT] =
        {
            .found = SENTENCE(
                "{sheets} {sheets?sheet|sheets} (A4) {sheets?is|are} needed; {department} has "
                "{left} left for {month}, {missing} too few.",
                "本次需用纸{sheets}张（折合A4），{department}{month}额度还剩{left}张，"
                "差{missing}张。"),
            .advice =
                SENTENCE("Ask the office director to grant {missing} more (the director's command: "
                         "printroom quota grant DEPARTMENT {missing} --reason REASON).",
                         "请联系办公室主任追加{missing}张额度（主任操作命令："
                         "printroom quota grant 部门代码 {missing} --reason 事由）。"),
        },
};

static const struct policy_sentence cap_sentences[] = {
    [QUOTA_ENOUGH] =
        {
            .found = SENTENCE("Of the sheets {person} may use a month, {left} {left?is|are} left "
                              "for {month}; {sheets} {sheets?is|are} needed.",
                              "{person}{month}个人用纸限额还剩{left}张，本次需用{sheets}张。"),
        },
    [QUOTA_SHORT] =
        {
            .found = SENTENCE("Of the sheets {person} may use a month, {left} {left?is|are} left "
                              "for {month}; {sheets} {sheets?is|are} needed, {missing} too few.",
                              "{person}{month}个人用纸限额还剩{left}张，本次需用{sheets}张，"
                              "差{missing}张。"),
            .advice =
                SENTENCE("Ask the office director to raise the limit by {missing} (the director's "
                         "command: printroom quota cap LOGIN SHEETS).",
                         "请联系办公室主任将个人限额提高{missing}张（主任操作命令："
                         "printroom quota cap 登录名 张数）。"),
        },
};

static size_t pick_person(const struct policy_finding *finding)
{
    const bool listed = finding->a >= 0 && finding->a <= POLICY_PERSON_WITHOUT_DEPARTMENT;
    return listed ? (size_t)finding->a : POLICY_PERSON_UNKNOWN;
}

static size_t pick_pages(const struct policy_finding *finding)
{
    if (finding->a <= 0) {
        return PAGES_NONE;
    }
    if (finding->b == 0) {
        return PAGES_UNLIMITED;
    }
    return finding->a > finding->b ? PAGES_OVER : PAGES_WITHIN;
}

static size_t pick_copies(const struct policy_finding *finding)
{
    if (finding->b != 0 && finding->a > finding->b) {
        return COPIES_OVER;
    }
    if (finding->effect != POLICY_PRINT) {
        return COPIES_UNCOUNTABLE;
    }
    return finding->b == 0 ? COPIES_UNLIMITED : COPIES_WITHIN;
}

static size_t pick_sheets(const struct policy_finding *finding)
{
    return finding->a > finding->b ? SHEETS_OVER : SHEETS_WITHIN;
}

static size_t pick_only(const struct policy_finding *finding)
{
    (void)finding;
    return 0;
}

static size_t pick_grayscale(const struct policy_finding *finding)
{
    return finding->b < 0 ? GRAYSCALE_LEVEL : GRAYSCALE_PAGES;
}

static size_t pick_urgent(const struct policy_finding *finding)
{
    if (finding->b < 0) {
        return URGENT_ROLE;
    }
    if (finding->b == 0) {
        return URGENT_ALLOWED;
    }
    return finding->a < finding->b ? URGENT_WITHIN : URGENT_USED_UP;
}

static size_t pick_duplicate(const struct policy_finding *finding)
{
    if (finding->a <= 0) {
        return DUPLICATE_NONE;
    }
    return finding->effect == POLICY_PRINT ? DUPLICATE_CONFIRMED : DUPLICATE_HELD;
}

static size_t pick_hours(const struct policy_finding *finding)
{
    return finding->effect == POLICY_PRINT ? HOURS_WITHIN : HOURS_OUTSIDE;
}

static size_t pick_label(const struct policy_finding *finding)
{
    return finding->b < 0 ? LABEL_DEFAULT : LABEL_NAMED;
}

static size_t pick_marks(const struct policy_finding *finding)
{
    if (finding->a < 0) {
        return MARKS_NONE;
    }
    return finding->a > finding->b ? MARKS_ABOVE : MARKS_COVERED;
}

static size_t pick_people(const struct policy_finding *finding)
{
    if (finding->effect == POLICY_PRINT) {
        return PEOPLE_INCLUDED;
    }
    return finding->b != 0 ? PEOPLE_NOBODY : PEOPLE_NOT_INCLUDED;
}

static size_t pick_approval(const struct policy_finding *finding)
{
    static const size_t asked[POLICY_APPROVALS] = {
        [POLICY_APPROVAL_NONE] = APPROVAL_DIRECTOR,
        [POLICY_APPROVAL_HEAD] = APPROVAL_HEAD,
        [POLICY_APPROVAL_DIRECTOR] = APPROVAL_DIRECTOR,
        [POLICY_APPROVAL_EXTERNAL] = APPROVAL_EXTERNAL,
    };
    if (finding->effect == POLICY_PRINT) {
        return APPROVAL_GIVEN;
    }
    return finding->b >= 0 && finding->b < POLICY_APPROVALS ? asked[finding->b] : APPROVAL_DIRECTOR;
}

static size_t pick_supervised(const struct policy_finding *finding)
{
    if (finding->effect != POLICY_PRINT) {
        return SUPERVISED;
    }
    return finding->b != 0 ? SUPERVISED_RELEASED : SUPERVISED_NOT;
}

static size_t pick_quota(const struct policy_finding *finding)
{
    return finding->a > finding->b ? QUOTA_SHORT : QUOTA_ENOUGH;
}

/* Which sentences a rule has, and which of them fits a finding. */
static const struct {
    const struct policy_sentence *sentences;
    size_t (*pick)(const struct policy_finding *finding);
} table[] = {
    [POLICY_RULE_PERSON_KNOWN] = {person_sentences, pick_person},
    [POLICY_RULE_PAGES_MAX] = {pages_sentences, pick_pages},
    [POLICY_RULE_COPIES_MAX] = {copies_sentences, pick_copies},
    [POLICY_RULE_SHEETS_MAX] = {sheets_sentences, pick_sheets},
    [POLICY_RULE_LEVEL_LABEL] = {label_sentences, pick_label},
    [POLICY_RULE_LEVEL_MARKS] = {marks_sentences, pick_marks},
    [POLICY_RULE_LEVEL_PEOPLE] = {people_sentences, pick_people},
    [POLICY_RULE_LEVEL_APPROVAL] = {approval_sentences, pick_approval},
    [POLICY_RULE_LEVEL_SUPERVISED] = {supervised_sentences, pick_supervised},
    [POLICY_RULE_DUPLEX_FORCED] = {duplex_sentences, pick_only},
    [POLICY_RULE_GRAYSCALE_FORCED] = {grayscale_sentences, pick_grayscale},
    [POLICY_RULE_COPIES_ELECTRONIC] = {electronic_sentences, pick_only},
    [POLICY_RULE_URGENT_ALLOWED] = {urgent_sentences, pick_urgent},
    [POLICY_RULE_DUPLICATE] = {duplicate_sentences, pick_duplicate},
    [POLICY_RULE_HOURS] = {hours_sentences, pick_hours},
    [POLICY_RULE_QUOTA_AVAILABLE] = {quota_sentences, pick_quota},
    [POLICY_RULE_QUOTA_PERSON] = {cap_sentences, pick_quota},
};
_Static_assert(sizeof table / sizeof table[0] == POLICY_RULES, "sentences for every rule");

const struct policy_sentence *policy_sentence_find(const struct policy_finding *finding)
{
    return &table[finding->rule].sentences[table[finding->rule].pick(finding)];
}
