/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/sentences.h"

#define SENTENCE(english, chinese)                                                                 \
    {                                                                                              \
        [POLICY_ENGLISH] = (english), [POLICY_CHINESE] = (chinese)                                 \
    }

const struct policy_language_words policy_language_words[] = {
    [POLICY_ENGLISH] = {"this person", "the department", "this month", "unknown",
                        "Ask the office director.", " "},
    [POLICY_CHINESE] = {"该用户", "本部门", "本月", "未知", "请联系办公室主任。", ""},
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
            .advice = SENTENCE("Ask the office director to review the level of the document.",
                               "请联系办公室主任复核文件密级。"),
        },
};

enum supervised_found { SUPERVISED_NOT, SUPERVISED, SUPERVISED_EXTERNALLY };
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
            .advice = SENTENCE("Ask a supervisor to come and release it "
                               "(command: printroom release JOB --supervisor NAME).",
                               "请联系监印人员到场放行"
                               "（命令：printroom release 作业号 --supervisor 监印人员）。"),
        },
    [SUPERVISED_EXTERNALLY] =
        {
            .found =
                SENTENCE("Jobs of level {level} are printed only with the consent of the authority "
                         "that classified the document, and when a supervisor releases them.",
                         "“{level}”级文件须经原定密机关同意，并由监印人员放行后打印。"),
            .advice = SENTENCE("Ask the office director for that authority's reference, then a "
                               "supervisor to come and release it "
                               "(command: printroom release JOB --supervisor NAME).",
                               "请先向办公室主任取得原定密机关的批准文号，再联系监印人员到场放行"
                               "（命令：printroom release 作业号 --supervisor 监印人员）。"),
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

static size_t pick_supervised(const struct policy_finding *finding)
{
    if (finding->effect == POLICY_PRINT) {
        return SUPERVISED_NOT;
    }
    return finding->b ? SUPERVISED_EXTERNALLY : SUPERVISED;
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
    [POLICY_RULE_LEVEL_LABEL] = {label_sentences, pick_label},
    [POLICY_RULE_LEVEL_MARKS] = {marks_sentences, pick_marks},
    [POLICY_RULE_LEVEL_SUPERVISED] = {supervised_sentences, pick_supervised},
    [POLICY_RULE_QUOTA_AVAILABLE] = {quota_sentences, pick_quota},
};
_Static_assert(sizeof table / sizeof table[0] == POLICY_RULES, "sentences for every rule");

const struct policy_sentence *policy_sentence_find(const struct policy_finding *finding)
{
    return &table[finding->rule].sentences[table[finding->rule].pick(finding)];
}
