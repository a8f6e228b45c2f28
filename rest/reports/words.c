#include "rest/reports/words.h"

#include <stdlib.h>
#include <string.h>

/* Sorted. */
static const struct word {
    const char *word, *en, *ja;
} words[] = {
    {"accepted",        "accepted",         "成立"               },
    {"active",          "under the hammer", "進行中"            },
    {"applied",         "applied",          "申請中"            },
    {"approved",        "approved",         "承認"               },
    {"bid",             "bid",              "入札"               },
    {"bid_retracted",   "bid retracted",    "入札取消し"      },
    {"closed",          "closed",           "終了"               },
    {"draft",           "draft",            "下書き"            },
    {"extended",        "extended",         "延長"               },
    {"female",          "female",           "牝"                  },
    {"gelding",         "gelding",          "セン"               },
    {"hammered",        "hammer",           "ハンマー"         },
    {"jra",             "JRA",              "JRA"                  },
    {"jra_nar",         "JRA and NAR",      "JRA・NAR"            },
    {"male",            "male",             "牡"                  },
    {"maximum_left",    "maximum left",     "事前の自動入札"},
    {"message",         "message",          "お知らせ"         },
    {"nar",             "NAR",              "NAR"                  },
    {"none",            "none",             "なし"               },
    {"overseas",        "overseas",         "海外"               },
    {"passed",          "not sold",         "主取り"            },
    {"paused",          "paused",           "一時停止"         },
    {"published",       "published",        "公開"               },
    {"raised",          "maximum raised",   "自動入札の変更"},
    {"refused",         "refused",          "不成立"            },
    {"rejected",        "rejected",         "却下"               },
    {"reopened",        "reopened",         "再上場"            },
    {"reserve_changed", "reserve changed",  "リザーブ変更"   },
    {"resumed",         "resumed",          "再開"               },
    {"retracted",       "retracted",        "取消し"            },
    {"revoked",         "revoked",          "承認取消"         },
    {"running",         "running",          "開催中"            },
    {"scheduled",       "scheduled",        "上場予定"         },
    {"sealed",          "sealed",           "非公開"            },
    {"sold",            "sold",             "落札"               },
    {"started",         "started",          "開始"               },
    {"step_changed",    "step changed",     "刻み幅変更"      },
    {"warned",          "fair warning",     "予告"               },
    {"withdrawn",       "withdrawn",        "取下げ"            },
};

static int compare(const void *key, const void *row)
{
    return strcmp(key, ((const struct word *)row)->word);
}

const char *report_word(const char *word, enum language language)
{
    const struct word *found = bsearch(word, words, sizeof words / sizeof words[0], sizeof words[0], compare);
    if (found == NULL)
        return word;
    return language == LANGUAGE_EN ? found->en : found->ja;
}
