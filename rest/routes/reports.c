/* What each report holds. What of it is public follows from what is public anyway: paddles, prices of lots
 * that have ended, the buyer's commission and tax; names, reserves, and what consignors pay are the office's.
 * Neither is told the maxima of a lot that has not ended: the office could drive up the price with them. */
#include "rest/routes/reports.h"

#include "rest/chain_check.h"
#include "rest/reports/report.h"
#include "rest/resource.h"

#include <inttypes.h>
#include <stdio.h>

#define AUDIT_PAGE_ROWS 5000                              /* of the page to print, unless limited otherwise */
#define CURSOR_START    (INT64_C(253402300799) * 1000000) /* µs, the end of the year 9999 */

#define COLUMN(name, kind, flags, en, ja)                                                                    \
    {                                                                                                        \
        name, REPORT_##kind, flags, en, ja                                                                   \
    }
#define COLUMNS(table) .columns = (table), .count = sizeof(table) / sizeof(table)[0]
#define OFFICE         REPORT_OFFICE
#define DATA           REPORT_DATA
#define DISPLAY        REPORT_DISPLAY
#define WIDE           REPORT_WIDE
#define JA             REPORT_IN_JA
#define EN             REPORT_IN_EN

struct query {
    struct report_options options;
};

static const struct field query_fields[] = {REPORT_OPTIONS(struct query, options)};

const struct schema report_query = SCHEMA(struct query, query_fields);

/* clang-format off */

/* ---- a sale ---- */

static const struct report_column sale_columns[] = {
    COLUMN("id",                 NUMBER,  DATA,        "Sale", "市場"),
    COLUMN("nameJa",             TEXT,    JA,          "Sale", "市場"),
    COLUMN("nameEn",             TEXT,    EN,          "Sale", "市場"),
    COLUMN("status",             WORD,    0,           "State", "状態"),
    COLUMN("startsAt",           INSTANT, 0,           "From", "開始"),
    COLUMN("endsAt",             INSTANT, 0,           "To", "終了"),
    COLUMN("buyerCommissionBp",  RATE,    0,           "Buyer's commission (%)", "購買者手数料率（%）"),
    COLUMN("taxRateBp",          RATE,    0,           "Consumption tax (%)", "消費税率（%）"),
    COLUMN("dueOn",              TEXT,    0,           "Payment due", "支払期限"),
    COLUMN("sellerCommissionBp", RATE,    OFFICE,      "Seller's commission (%)", "販売手数料率（%）"),
    COLUMN("entryFee",           MONEY,   OFFICE,      "Entry fee (¥)", "上場料（円）"),
    COLUMN("passedFee",          MONEY,   OFFICE,      "Fee for lots not sold (¥)", "主取り料（円）"),
};

/* One group of lots. `more`: flags of what a narrow table leaves out. */
#define RESULTS(more) \
    COLUMN("lots",             NUMBER, 0,                "Lots", "上場予定頭数"), \
    COLUMN("offered",          NUMBER, 0,                "Offered", "上場頭数"), \
    COLUMN("sold",             NUMBER, 0,                "Sold", "落札頭数"), \
    COLUMN("passed",           NUMBER, 0,                "Not sold", "主取り"), \
    COLUMN("withdrawn",        NUMBER, 0,                "Withdrawn", "取下げ"), \
    COLUMN("open",             NUMBER, 0,                "Not ended", "未了"), \
    COLUMN("clearanceRateBp",  RATE,   0,                "Clearance (%)", "売却率（%）"), \
    COLUMN("gross",            MONEY,  0,                "Gross (¥)", "売却総額（円）"), \
    COLUMN("average",          MONEY,  0,                "Average (¥)", "平均価格（円）"), \
    COLUMN("median",           MONEY,  0,                "Median (¥)", "中間価格（円）"), \
    COLUMN("highest",          MONEY,  0,                "Highest (¥)", "最高価格（円）"), \
    COLUMN("buyerCommission",  MONEY,  (more),           "Buyer's commission (¥)", "購買者手数料（円）"), \
    COLUMN("buyerTax",         MONEY,  (more),           "Buyer's tax (¥)", "消費税（円）"), \
    COLUMN("buyerTotal",       MONEY,  0,                "Buyer's total (¥)", "税込支払総額（円）"), \
    COLUMN("sellerCommission", MONEY,  OFFICE,           "Seller's commission (¥)", "販売手数料（円）"), \
    COLUMN("entryFees",        MONEY,  OFFICE | (more),  "Entry fees (¥)", "上場料（円）"), \
    COLUMN("passedFees",       MONEY,  OFFICE | (more),  "Fees, not sold (¥)", "主取り料（円）"), \
    COLUMN("sellerTax",        MONEY,  OFFICE | (more),  "Tax on seller's fees (¥)", "販売者消費税（円）")

static const struct report_column total_columns[] = {RESULTS(0)};
static const struct report_column sex_columns[] = {COLUMN("key", WORD, 0, "Sex", "性別"), RESULTS(WIDE)};
static const struct report_column sire_columns[] = {
    COLUMN("key", TEXT, JA, "Sire", "父"), COLUMN("keyEn", TEXT, EN, "Sire", "父"), RESULTS(WIDE)};
static const struct report_column consignor_columns[] = {COLUMN("key", TEXT, 0, "Consignor", "販売者"), RESULTS(WIDE)};
static const struct report_column session_columns[] = {COLUMN("key", TEXT, 0, "Session", "開催日"), RESULTS(WIDE)};

static const struct report_column lot_columns[] = {
    COLUMN("lotNumber",        NUMBER,  0,           "Lot", "上場番号"),
    COLUMN("auctionId",        NUMBER,  DATA,        "Auction", "セリ"),
    COLUMN("horseId",          NUMBER,  DATA,        "Horse", "上場馬"),
    COLUMN("displayNameJa",    TEXT,    JA,          "Horse", "馬名"),
    COLUMN("displayNameEn",    TEXT,    EN,          "Horse", "馬名"),
    COLUMN("sex",              WORD,    0,           "Sex", "性別"),
    COLUMN("foaledOn",         TEXT,    WIDE,        "Foaled", "生年月日"),
    COLUMN("sireJa",           TEXT,    JA,          "Sire", "父"),
    COLUMN("sireEn",           TEXT,    EN,          "Sire", "父"),
    COLUMN("damJa",            TEXT,    JA | WIDE,   "Dam", "母"),
    COLUMN("damEn",            TEXT,    EN | WIDE,   "Dam", "母"),
    COLUMN("consignor",        TEXT,    0,           "Consignor", "販売者"),
    COLUMN("status",           WORD,    0,           "Result", "結果"),
    COLUMN("session",          TEXT,    WIDE,        "Session", "開催日"),
    COLUMN("closedAt",         INSTANT, WIDE,        "Closed (Japan)", "終了日時"),
    COLUMN("startPrice",       MONEY,   0,           "Start (¥)", "お台（円）"),
    COLUMN("bids",             NUMBER,  0,           "Bids", "入札数"),
    COLUMN("highestBid",       MONEY,   WIDE,        "Highest bid (¥)", "最高入札額（円）"),
    COLUMN("price",            MONEY,   0,           "Price (¥)", "落札価格（円）"),
    COLUMN("paddle",           NUMBER,  0,           "Paddle", "パドル番号"),
    COLUMN("buyerCommission",  MONEY,   WIDE,        "Buyer's commission (¥)", "購買者手数料（円）"),
    COLUMN("buyerTax",         MONEY,   WIDE,        "Buyer's tax (¥)", "消費税（円）"),
    COLUMN("buyerTotal",       MONEY,   0,           "With commission and tax (¥)", "税込支払額（円）"),
    COLUMN("buyerId",          NUMBER,  OFFICE | DATA, "Buyer", "購買者"),
    COLUMN("buyerName",        TEXT,    OFFICE,      "Buyer", "購買者"),
    COLUMN("invoiceName",      TEXT,    OFFICE | WIDE, "Invoice to", "請求先"),
    COLUMN("reservePrice",     MONEY,   OFFICE,      "Reserve (¥)", "リザーブ（円）"),
    COLUMN("sellerCommission", MONEY,   OFFICE | WIDE, "Seller's commission (¥)", "販売手数料（円）"),
    COLUMN("entryFee",         MONEY,   OFFICE | WIDE, "Entry fee (¥)", "上場料（円）"),
    COLUMN("passedFee",        MONEY,   OFFICE | WIDE, "Fee, not sold (¥)", "主取り料（円）"),
    COLUMN("sellerTax",        MONEY,   OFFICE | WIDE, "Tax on seller's fees (¥)", "販売者消費税（円）"),
};

#define GROUPS(member, en_, ja_, columns_, by) \
    {.name = member, .en = en_, .ja = ja_, COLUMNS(columns_), .query = SQL_REPORT_SALE_BY, .argument = by}
#define HEAD {.name = "sale", .en = "Sale", .ja = "市場", .flags = REPORT_SINGLE, COLUMNS(sale_columns), .query = SQL_REPORT_SALE}

static const struct report_table sale_tables[] = {
    HEAD,
    {.name = "totals", .en = "Totals", .ja = "合計", .flags = REPORT_SINGLE, COLUMNS(total_columns),
     .query = SQL_REPORT_SALE_BY, .argument = "total"},
    GROUPS("bySession", "By session", "開催日別", session_columns, "session"),
    GROUPS("bySex", "By sex", "性別", sex_columns, "sex"),
    GROUPS("bySire", "By sire", "父別", sire_columns, "sire"),
    GROUPS("byConsignor", "By consignor", "販売者別", consignor_columns, "consignor"),
    {.name = "lots", .en = "Lots", .ja = "上場馬", COLUMNS(lot_columns), .query = SQL_REPORT_SALE_LOTS},
};

static const struct report sale_report = {
    "results", "Results", "市場成績", sale_tables, sizeof sale_tables / sizeof sale_tables[0]};

/* ---- its bidders ---- */

static const struct report_column bidder_columns[] = {
    COLUMN("paddle",        NUMBER,  0,       "Paddle", "パドル番号"),
    COLUMN("userId",        NUMBER,  DATA,    "User", "利用者"),
    COLUMN("name",          TEXT,    0,       "Name", "氏名"),
    COLUMN("status",        WORD,    0,       "State", "状態"),
    COLUMN("ownerCategory", WORD,    WIDE,    "Owner's category", "馬主資格"),
    COLUMN("principal",     TEXT,    WIDE,    "Acts for", "本人（代理の場合）"),
    COLUMN("invoiceName",   TEXT,    WIDE,    "Invoice to", "請求先"),
    COLUMN("appliedAt",     INSTANT, WIDE,    "Applied (Japan)", "申請日時"),
    COLUMN("decidedAt",     INSTANT, WIDE,    "Decided (Japan)", "決定日時"),
    COLUMN("creditLimit",   MONEY,   0,       "Limit (¥)", "与信枠（円）"),
    COLUMN("exposure",      MONEY,   0,       "Used (¥)", "使用額（円）"),
    COLUMN("bids",          NUMBER,  0,       "Bids", "入札数"),
    COLUMN("retracted",     NUMBER,  0,       "Retracted", "取消し"),
    COLUMN("lotsBidOn",     NUMBER,  0,       "Lots bid on", "入札頭数"),
    COLUMN("lotsLed",       NUMBER,  0,       "Lots led", "最高入札頭数"),
    COLUMN("leading",       NUMBER,  0,       "Leads now", "現在最高"),
    COLUMN("won",           NUMBER,  0,       "Won", "落札頭数"),
    COLUMN("amount",        MONEY,   0,       "Amount (¥)", "落札総額（円）"),
    COLUMN("lastBidAt",     INSTANT, WIDE,    "Last bid (Japan)", "最終入札日時"),
    COLUMN("refused",       NUMBER,  0,       "Refused", "不成立"),
    COLUMN("refusedByCode", VALUE,   DATA,    "Refused for", "不成立の理由"),
    COLUMN("refusedCodes",  TEXT,    DISPLAY, "Refused for", "不成立の理由"),
};

static const struct report_table bidders_tables[] = {
    HEAD,
    {.name = "bidders", .en = "Bidders", .ja = "購買者", COLUMNS(bidder_columns), .query = SQL_REPORT_BIDDERS},
};

static const struct report bidders_report = {
    "bidders", "Bidders", "購買者活動", bidders_tables, sizeof bidders_tables / sizeof bidders_tables[0]};

/* ---- a lot ---- */

static const struct report_column auction_columns[] = {
    COLUMN("id",            NUMBER,  DATA,          "Auction", "セリ"),
    COLUMN("saleId",        NUMBER,  DATA,          "Sale", "市場"),
    COLUMN("saleNameJa",    TEXT,    JA,            "Sale", "市場"),
    COLUMN("saleNameEn",    TEXT,    EN,            "Sale", "市場"),
    COLUMN("lotNumber",     NUMBER,  0,             "Lot", "上場番号"),
    COLUMN("horseId",       NUMBER,  DATA,          "Horse", "上場馬"),
    COLUMN("displayNameJa", TEXT,    JA,            "Horse", "馬名"),
    COLUMN("displayNameEn", TEXT,    EN,            "Horse", "馬名"),
    COLUMN("consignor",     TEXT,    0,             "Consignor", "販売者"),
    COLUMN("status",        WORD,    0,             "State", "状態"),
    COLUMN("startPrice",    MONEY,   0,             "Start (¥)", "お台（円）"),
    COLUMN("price",         MONEY,   0,             "Price (¥)", "価格（円）"),
    COLUMN("paddle",        NUMBER,  0,             "Paddle", "パドル番号"),
    COLUMN("bids",          NUMBER,  0,             "Bids", "入札数"),
    COLUMN("extensions",    NUMBER,  0,             "Extended", "延長"),
    COLUMN("startsAt",      INSTANT, 0,             "Start (Japan)", "開始"),
    COLUMN("endsAt",        INSTANT, 0,             "End (Japan)", "終了予定"),
    COLUMN("closedAt",      INSTANT, 0,             "Closed (Japan)", "終了"),
    COLUMN("reservePrice",  MONEY,   OFFICE,        "Reserve (¥)", "リザーブ（円）"),
    COLUMN("leaderId",      NUMBER,  OFFICE | DATA, "Leader", "最高入札者"),
    COLUMN("leaderName",    TEXT,    OFFICE,        "Leader", "最高入札者"),
};

static const struct report_column verification_columns[] = {
    COLUMN("valid",           FLAG,   0, "The chain holds", "チェーンの整合"),
    COLUMN("count",           NUMBER, 0, "Events", "イベント数"),
    COLUMN("firstInvalidSeq", NUMBER, 0, "First invalid event", "最初の不整合"),
    COLUMN("seed",            TEXT,   0, "Seed", "起点"),
    COLUMN("head",            TEXT,   0, "Hash of the last event", "最終イベントのハッシュ"),
};

static const struct report_column bid_columns[] = {
    COLUMN("seq",        NUMBER,  0,      "Event", "イベント"),
    COLUMN("receivedAt", INSTANT, 0,      "Received (Japan)", "受付日時"),
    COLUMN("sentAt",     INSTANT, 0,      "Sent, by the sender's clock (Japan)", "送信日時（送信側時計）"),
    COLUMN("paddle",     NUMBER,  0,      "Paddle", "パドル番号"),
    COLUMN("userId",     NUMBER,  DATA,   "User", "利用者"),
    COLUMN("name",       TEXT,    0,      "Name", "氏名"),
    COLUMN("bidId",      TEXT,    WIDE,   "Bid id", "入札ID"),
    COLUMN("amount",     MONEY,   0,      "Amount (¥)", "入札額（円）"),
    COLUMN("maxAmount",  MONEY,   0,      "Maximum (¥)", "自動入札上限（円）"),
    COLUMN("verdict",    WORD,    0,      "Verdict", "判定"),
    COLUMN("refusal",    TEXT,    0,      "Refused for", "不成立の理由"),
};

static const struct report_column event_columns[] = {
    COLUMN("seq",         NUMBER,  0,             "Event", "イベント"),
    COLUMN("at",          INSTANT, 0,             "At (Japan)", "日時"),
    COLUMN("type",        WORD,    0,             "What", "内容"),
    COLUMN("paddle",      NUMBER,  0,             "Paddle", "パドル番号"),
    COLUMN("price",       MONEY,   0,             "Price (¥)", "価格（円）"),
    COLUMN("auto",        FLAG,    0,             "By the house", "自動入札"),
    COLUMN("text",        TEXT,    0,             "Reason or message", "理由・お知らせ"),
    COLUMN("details",     VALUE,   0,             "More", "詳細"),
    COLUMN("kind",        WORD,    OFFICE,        "Kind", "種別"),
    COLUMN("userId",      NUMBER,  OFFICE | DATA, "Bidder", "入札者"),
    COLUMN("userName",    TEXT,    OFFICE,        "Bidder", "入札者"),
    COLUMN("actorId",     NUMBER,  OFFICE | DATA, "By", "操作者"),
    COLUMN("actorName",   TEXT,    OFFICE,        "By", "操作者"),
    COLUMN("private",     VALUE,   OFFICE,        "Private", "非公開部分"),
    COLUMN("privatePart", TEXT,    OFFICE | DATA, "Private part", "非公開部分"),
    COLUMN("salt",        TEXT,    OFFICE | DATA, "Salt", "ソルト"),
    COLUMN("hash",        TEXT,    WIDE,          "Hash", "ハッシュ"),
    COLUMN("sealed",      TEXT,    DATA,          "Digest of the private part", "非公開部分のダイジェスト"),
};

static report_rows verification_rows;

static const struct report_table auction_tables[] = {
    {.name = "auction", .en = "Lot", .ja = "上場馬", .flags = REPORT_SINGLE, COLUMNS(auction_columns), .query = SQL_REPORT_AUCTION},
    {.name = "verification", .en = "Proof", .ja = "検証", .flags = REPORT_SINGLE, COLUMNS(verification_columns), .rows = verification_rows},
    {.name = "bids", .en = "Bids as they came", .ja = "入札受付順", .flags = REPORT_OFFICE, COLUMNS(bid_columns), .query = SQL_REPORT_AUCTION_BIDS},
    {.name = "events", .en = "Course", .ja = "経過", COLUMNS(event_columns), .query = SQL_REPORT_AUCTION_EVENTS},
};

static const struct report auction_report = {
    "lot", "Course of the lot", "セリ経過", auction_tables, sizeof auction_tables / sizeof auction_tables[0]};

/* ---- the audit trail ---- */

static const struct report_column audit_columns[] = {
    COLUMN("at",        INSTANT, 0,    "At (Japan)", "日時"),
    COLUMN("action",    TEXT,    0,    "Action", "操作"),
    COLUMN("code",      TEXT,    0,    "Code", "コード"),
    COLUMN("userId",    NUMBER,  0,    "User id", "利用者ID"),
    COLUMN("userName",  TEXT,    0,    "User", "利用者"),
    COLUMN("saleId",    NUMBER,  0,    "Sale", "市場"),
    COLUMN("auctionId", NUMBER,  DATA, "Auction", "セリ"),
    COLUMN("lotNumber", NUMBER,  0,    "Lot", "上場番号"),
    COLUMN("amount",    MONEY,   0,    "Amount (¥)", "金額（円）"),
    COLUMN("count",     NUMBER,  0,    "Times", "回数"),
    COLUMN("address",   TEXT,    0,    "Address", "アドレス"),
    COLUMN("details",   VALUE,   0,    "More", "詳細"),
};

static const struct report_table audit_tables[] = {
    {.name = "items", .en = "Entries", .ja = "記録", COLUMNS(audit_columns), .query = SQL_REPORT_AUDIT},
};

static const struct report audit_report = {
    "audit", "Audit trail", "監査記録", audit_tables, sizeof audit_tables / sizeof audit_tables[0]};

/* clang-format on */

/* ---- reports of one thing ---- */

static bool verification_rows(struct report_run *run, const struct report_table *table)
{
    (void)table;
    struct chain_finding finding;
    if (!chain_check(report_request(run), report_response(run), &finding))
        return false;
    char count[24], invalid[24], seed[CHAIN_HASH_TEXT], head[CHAIN_HASH_TEXT];
    snprintf(count, sizeof count, "%" PRId64, finding.count);
    snprintf(invalid, sizeof invalid, "%" PRId64, finding.first_invalid);
    const char *values[] = {
        finding.first_invalid == 0 ? "t" : "f",
        count,
        finding.first_invalid != 0 ? invalid : NULL,
        chain_hash_text(&finding.seed, seed),
        finding.has_head ? chain_hash_text(&finding.head, head) : NULL,
    };
    return report_row(run, values);
}

static struct params params_of(const struct request *request)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_bool(&params, request_is_office(request));
    return params;
}

/* Begins the report of what the path names, if the asker may see it: `head` is the statement of its first
 * table. On true `*out` has that row. */
static bool begin_of_one(struct request *request, struct response *response, const struct report *report,
                         enum report_format *format, enum sql_query head, enum verdict missing,
                         PGresult **out)
{
    const struct query *query = request->query;
    if (!report_form(request, response, report, &query->options, format) || !report_begin(request, response))
        return false;
    if (statement_find(request, response, head, missing, out))
        return true;
    report_end(request);
    return false;
}

/* What the heading names, borrowed from the row. */
static const char *subject_of(const struct request *request, const PGresult *row)
{
    return result_text(row, 0, request->language == LANGUAGE_EN ? "subject_en" : "subject_ja");
}

static void answer_about_sale(struct request *request, struct response *response, const struct report *report)
{
    const struct query *query = request->query;
    enum report_format format;
    PGresult *head;
    if (!begin_of_one(request, response, report, &format, SQL_REPORT_SALE, VERDICT_NOT_FOUND, &head))
        return;
    struct params params = params_of(request);
    report_answer(request, response,
                  &(struct report_order){
                      .report = report, .options = &query->options, .subject = subject_of(request, head)},
                  format, &params);
    PQclear(head);
}

void report_sale_get(struct request *request, struct response *response)
{
    answer_about_sale(request, response, &sale_report);
}

void report_bidders_get(struct request *request, struct response *response)
{
    answer_about_sale(request, response, &bidders_report);
}

void report_auction_get(struct request *request, struct response *response)
{
    const struct query *query = request->query;
    enum report_format format;
    PGresult *head;
    if (!begin_of_one(request, response, &auction_report, &format, SQL_REPORT_AUCTION,
                      VERDICT_AUCTION_NOT_FOUND, &head))
        return;
    struct params params = params_of(request);
    report_answer(request, response,
                  &(struct report_order){.report = &auction_report,
                                         .options = &query->options,
                                         .subject = subject_of(request, head)},
                  format, &params);
    PQclear(head);
}

/* ---- the audit trail ---- */

struct audit_query {
    struct report_options options;
    int64_t limit, from_ms, before_ms, user_id, auction_id, sale_id;
    const char *after, *action, *code;
    bool has_from, has_before;
};

static const struct field audit_fields[] = {
    REPORT_OPTIONS(struct audit_query, options),
    FIELD(INT, struct audit_query, limit, "limit", .lowest = 1, .highest = PAGE_MAX),
    FIELD(TEXT, struct audit_query, after, "after", .lowest = 1, .highest = 64),
    FIELD(INSTANT, struct audit_query, from_ms, "from", .present = offsetof(struct audit_query, has_from)),
    FIELD(INSTANT, struct audit_query, before_ms, "before",
          .present = offsetof(struct audit_query, has_before)),
    FIELD(INT, struct audit_query, user_id, "userId", .lowest = 1, .highest = JSON_INT_MAX),
    FIELD(INT, struct audit_query, auction_id, "auctionId", .lowest = 1, .highest = JSON_INT_MAX),
    FIELD(INT, struct audit_query, sale_id, "saleId", .lowest = 1, .highest = JSON_INT_MAX),
    FIELD(TEXT, struct audit_query, action, "action", .lowest = 1, .highest = 64),
    FIELD(TEXT, struct audit_query, code, "code", .lowest = 1, .highest = 64),
};

const struct schema report_audit_query = SCHEMA(struct audit_query, audit_fields);

static struct params audit_params(const struct request *request, const int64_t cursor[4], int64_t rows)
{
    const struct audit_query *query = request->query;
    struct params params;
    params_init(&params);
    params_bool(&params, request->who.role == ROLE_ADMIN);
    params_bool(&params, request_is_office(request));
    params_int_or_null(&params, query->has_from ? query->from_ms : INT64_MIN, INT64_MIN);
    params_int_or_null(&params, query->has_before ? query->before_ms : INT64_MIN, INT64_MIN);
    params_int_or_null(&params, query->user_id, 0);
    params_int_or_null(&params, query->auction_id, 0);
    params_int_or_null(&params, query->sale_id, 0);
    params_text(&params, query->action);
    params_text(&params, query->code);
    for (int i = 0; i < 4; i++)
        params_int(&params, cursor[i]);
    params_int_or_null(&params, rows > 0 ? rows + 1 : 0, 0);
    return params;
}

/* How many entries at once in that form; 0: all. */
static int64_t audit_rows(const struct audit_query *query, enum report_format format)
{
    if (query->limit > 0)
        return query->limit;
    switch (format) {
    case REPORT_JSON: return PAGE_DEFAULT;
    case REPORT_PAGE: return AUDIT_PAGE_ROWS;
    case REPORT_CSV:
    case REPORT_FORMAT_COUNT: return 0;
    }
    return 0;
}

void report_audit_get(struct request *request, struct response *response)
{
    const struct audit_query *query = request->query;
    enum report_format format;
    int64_t cursor[4];
    if (!report_form(request, response, &audit_report, &query->options, &format) ||
        !cursor_read(request, response, query->after, CURSOR_START, cursor, 4) ||
        !report_begin(request, response))
        return;
    struct report_order order = {
        .report = &audit_report, .options = &query->options, .page_rows = audit_rows(query, format)};
    struct params params = audit_params(request, cursor, order.page_rows);
    report_answer(request, response, &order, format, &params);
}
