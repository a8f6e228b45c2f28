/* Every answer that is not plain success, as one table: the code that clients act on, the HTTP status, the
 * words for people in both languages. A refusal anywhere in Seri is one of these values. */
#pragma once

enum verdict {
    VERDICT_OK,
    /* requests of any kind */
    VERDICT_UNAUTHENTICATED,
    VERDICT_FORBIDDEN,
    VERDICT_INVALID_MESSAGE,
    VERDICT_NOT_FOUND,
    VERDICT_METHOD_NOT_ALLOWED,
    VERDICT_UNSUPPORTED_MEDIA_TYPE,
    VERDICT_NOT_ACCEPTABLE,
    VERDICT_REQUEST_TIMEOUT,
    VERDICT_PAYLOAD_TOO_LARGE,
    VERDICT_PRECONDITION_FAILED,
    VERDICT_PRECONDITION_REQUIRED,
    VERDICT_CONFLICT,
    VERDICT_RANGE_NOT_SATISFIABLE,
    VERDICT_LINK_EXPIRED,
    VERDICT_RATE_LIMITED,
    VERDICT_INTERNAL,
    VERDICT_UNAVAILABLE,
    VERDICT_UNCERTAIN,
    /* accounts */
    VERDICT_EMAIL_TAKEN,
    VERDICT_BAD_CREDENTIALS,
    VERDICT_TOKEN_REUSED,
    VERDICT_EMAIL_UNCONFIRMED,
    VERDICT_LINK_INVALID,
    VERDICT_WRONG_PASSWORD,
    VERDICT_OWN_ACCOUNT,
    VERDICT_USER_LEADING,
    /* bids */
    VERDICT_BID_ID_REUSED,
    VERDICT_BID_RETRACTED,
    VERDICT_AUCTION_NOT_FOUND,
    VERDICT_AUCTION_NOT_ACTIVE,
    VERDICT_AUCTION_PAUSED,
    VERDICT_AUCTION_ENDED,
    VERDICT_NOT_APPROVED,
    VERDICT_OWN_LOT,
    VERDICT_ALREADY_LEADING,
    VERDICT_MAX_NOT_RAISED,
    VERDICT_BID_TOO_LOW,
    VERDICT_BID_OFF_STEP,
    VERDICT_CONFIRM_REQUIRED,
    VERDICT_CREDIT_EXCEEDED,
    /* the auctioneer's commands */
    VERDICT_STALE_COMMAND,
    VERDICT_COMMAND_NOT_ALLOWED,
    VERDICT_COMMAND_ID_REUSED,
    VERDICT_WARNING_REQUIRED,
    VERDICT_RESERVE_RAISED,
    VERDICT_PRICE_OFF_STEP,
    VERDICT_START_PRICE_FIXED,
    VERDICT_NOTHING_TO_UNDO,
    VERDICT_ORDER_SETTLED,
    VERDICT_HORSE_ALREADY_LIVE,
    /* rooms */
    VERDICT_UNKNOWN_EVENT,
    VERDICT_TOO_MANY_ROOMS,
    VERDICT_COUNT
};

struct verdict_info {
    const char *code; /* e.g. "BID_TOO_LOW": stable, part of the contract */
    int http_status;
    const char *en, *ja; /* a sentence: what is wrong and what would be right */
};

/** The row of a verdict; it lives for ever. */
const struct verdict_info *verdict_info(enum verdict verdict);
