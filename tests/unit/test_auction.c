/* The rules of a lot, a case table or a short story a rule; the names are those of product.md. */
#include "tests/unit/lot.h"
#include "tests/unit/suite.h"

/* ---- the life of a lot ---- */

/* Brings a fresh lot into a status. */
static void lot_bring_to(struct lot *lot, enum auction_status status)
{
    lot_init(lot);
    if (status == AUCTION_DRAFT)
        return;
    ck_assert_int_eq(lot_do(lot, COMMAND_SCHEDULE), VERDICT_OK);
    if (status == AUCTION_SCHEDULED)
        return;
    if (status == AUCTION_WITHDRAWN) {
        ck_assert_int_eq(lot_do(lot, COMMAND_WITHDRAW), VERDICT_OK);
        return;
    }
    ck_assert_int_eq(lot_do(lot, COMMAND_START), VERDICT_OK);
    ck_assert_int_eq(lot_bid(lot, 1, 1000000, 0), VERDICT_OK);
    if (status == AUCTION_PAUSED)
        ck_assert_int_eq(lot_do(lot, COMMAND_PAUSE), VERDICT_OK);
    if (status == AUCTION_PASSED)
        ck_assert_int_eq(lot_do(lot, COMMAND_PASS), VERDICT_OK);
    if (status == AUCTION_SOLD) {
        lot->now_ms = lot->auction.ends_at_ms + lot->auction.terms.rules.close_grace_ms;
        ck_assert_int_eq(lot_do(lot, COMMAND_CLOSE), VERDICT_OK);
    }
    ck_assert_int_eq(lot->auction.status, status);
}

START_TEST(every_command_is_allowed_in_exactly_its_statuses)
{
    static const struct {
        enum command_kind command;
        const char *allowed; /* one letter a status: Draft Scheduled Active paUsed soLd Passed Withdrawn */
    } cases[] = {
        {COMMAND_SCHEDULE, "D"  },
        {COMMAND_START,    "S"  },
        {COMMAND_PAUSE,    "A"  },
        {COMMAND_OUTAGE,   "A"  },
        {COMMAND_RESUME,   "U"  },
        {COMMAND_EXTEND,   "A"  },
        {COMMAND_STEP,     "AU" },
        {COMMAND_MESSAGE,  "AU" },
        {COMMAND_WARN,     "AU" },
        {COMMAND_RESERVE,  "SAU"},
        {COMMAND_CLOSE,    "A"  },
        {COMMAND_PASS,     "SAU"},
        {COMMAND_WITHDRAW, "SAU"},
        {COMMAND_UNDO,     "AU" },
        {COMMAND_REOPEN,   "LPW"},
    };
    static const char letters[] = "DSAULPW";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int status = 0; status < AUCTION_STATUS_COUNT; status++) {
            struct lot lot;
            lot_bring_to(&lot, (enum auction_status)status);
            struct command command = lot_command(&lot, cases[i].command);
            command.by_ms = 5000;
            enum verdict verdict = lot_decide(&lot, &command, (struct auction_facts){0});
            bool allowed = strchr(cases[i].allowed, letters[status]) != NULL;
            ck_assert_msg((verdict != VERDICT_COMMAND_NOT_ALLOWED) == allowed, "%s in %s: %s",
                          command_kind_name(cases[i].command),
                          auction_status_name((enum auction_status)status), verdict_info(verdict)->code);
            lot_finish(&lot);
        }
    }
}
END_TEST

START_TEST(a_bid_answers_for_each_status)
{
    static const struct {
        enum auction_status status;
        enum verdict verdict;
    } cases[] = {
        {AUCTION_DRAFT,     VERDICT_AUCTION_NOT_ACTIVE},
        {AUCTION_SCHEDULED, VERDICT_AUCTION_NOT_ACTIVE},
        {AUCTION_ACTIVE,    VERDICT_OK                },
        {AUCTION_PAUSED,    VERDICT_AUCTION_PAUSED    },
        {AUCTION_SOLD,      VERDICT_AUCTION_ENDED     },
        {AUCTION_PASSED,    VERDICT_AUCTION_ENDED     },
        {AUCTION_WITHDRAWN, VERDICT_AUCTION_ENDED     },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lot lot;
        lot_bring_to(&lot, cases[i].status);
        ck_assert_int_eq(lot_bid(&lot, 2, 1050000, 0), cases[i].verdict);
        lot_finish(&lot);
    }
}
END_TEST

START_TEST(commands_that_name_a_seq_are_refused_when_anything_came_since)
{
    static const enum command_kind kinds[] = {COMMAND_HAMMER, COMMAND_PASS, COMMAND_WITHDRAW, COMMAND_UNDO};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct lot lot;
        lot_bring_to(&lot, AUCTION_ACTIVE);
        struct command command = lot_command(&lot, kinds[i]);
        ck_assert_int_eq(lot_do(&lot, COMMAND_MESSAGE), VERDICT_OK);
        ck_assert_int_eq(lot_decide(&lot, &command, (struct auction_facts){0}), VERDICT_STALE_COMMAND);
        command.expected_seq = EXPECTED_SEQ_ABSENT;
        ck_assert_int_eq(lot_decide(&lot, &command, (struct auction_facts){0}), VERDICT_STALE_COMMAND);
        lot_finish(&lot);
    }
}
END_TEST

START_TEST(withdraw_undo_and_reopen_need_a_reason)
{
    static const struct {
        enum command_kind command;
        enum auction_status status;
    } cases[] = {
        {COMMAND_WITHDRAW, AUCTION_ACTIVE},
        {COMMAND_UNDO,     AUCTION_ACTIVE},
        {COMMAND_REOPEN,   AUCTION_PASSED},
        {COMMAND_MESSAGE,  AUCTION_ACTIVE}
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lot lot;
        lot_bring_to(&lot, cases[i].status);
        struct command command = lot_command(&lot, cases[i].command);
        command.text = "";
        ck_assert_int_eq(lot_decide(&lot, &command, (struct auction_facts){0}), VERDICT_INVALID_MESSAGE);
        lot_finish(&lot);
    }
}
END_TEST

START_TEST(terms_are_checked_before_a_lot_is_scheduled)
{
    struct lot lot;
    lot_init(&lot);
    lot.auction.terms.start_price = 1005000; /* the ladder's smallest step is 10,000 */
    ck_assert_int_eq(lot_do(&lot, COMMAND_SCHEDULE), VERDICT_PRICE_OFF_STEP);
    lot.auction.terms.start_price = 1000000;
    lot.auction.reserve = 3333;
    ck_assert_int_eq(lot_do(&lot, COMMAND_SCHEDULE), VERDICT_PRICE_OFF_STEP);
    lot.auction.reserve = 0;
    lot.auction.terms.rules.duration_ms = 999;
    ck_assert_int_eq(lot_do(&lot, COMMAND_SCHEDULE), VERDICT_INVALID_MESSAGE);
    const char *field;
    ck_assert_int_eq(auction_check_terms(&lot.auction.terms, 0, &field), VERDICT_INVALID_MESSAGE);
    ck_assert_str_eq(field, "durationMs");
    ck_assert_int_eq(lot.auction.seq, 0);
    lot_finish(&lot);
}
END_TEST

/* ---- a bid's checks ---- */

START_TEST(the_first_failing_check_is_the_answer)
{
    struct lot lot;
    lot_bring_to(&lot, AUCTION_ACTIVE); /* user 1 leads at 1,000,000; next is 1,050,000 in steps of 50,000 */
    static const struct {
        int64_t user;
        yen amount, maximum;
        bool approved, own_lot, confirm;
        enum verdict verdict;
    } cases[] = {
        {2, 1050000, 0,        false, true,  true,  VERDICT_NOT_APPROVED    },
        {2, 1,       0,        true,  true,  true,  VERDICT_OWN_LOT         },
        {1, 1050000, 0,        true,  false, true,  VERDICT_ALREADY_LEADING },
        {1, 1050000, 2000000,  true,  false, true,  VERDICT_ALREADY_LEADING },
        {1, 0,       1000000,  true,  false, true,  VERDICT_MAX_NOT_RAISED  },
        {2, 1000000, 0,        true,  false, true,  VERDICT_BID_TOO_LOW     },
        {2, 0,       1049999,  true,  false, true,  VERDICT_BID_TOO_LOW     },
        {2, 1040000, 9000000,  true,  false, true,  VERDICT_BID_TOO_LOW     },
        {2, 1060000, 0,        true,  false, true,  VERDICT_BID_OFF_STEP    },
        {2, 1060000, 90000000, true,  false, false, VERDICT_BID_OFF_STEP    },
        {2, 3200000, 0,        true,  false, false, VERDICT_CONFIRM_REQUIRED},
        {2, 1050000, 3150001,  true,  false, false, VERDICT_CONFIRM_REQUIRED},
        {1, 0,       3150001,  true,  false, false, VERDICT_CONFIRM_REQUIRED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct command command = lot_bid_command(&lot, cases[i].user, cases[i].amount, cases[i].maximum);
        command.bid.confirm = cases[i].confirm;
        struct auction_facts facts = {
            .approved = cases[i].approved, .own_lot = cases[i].own_lot, .paddle = 2};
        int64_t seq = lot.auction.seq;
        enum verdict verdict = lot_decide(&lot, &command, facts);
        ck_assert_msg(verdict == cases[i].verdict, "case %zu: %s", i, verdict_info(verdict)->code);
        ck_assert_int_eq(lot.auction.seq, seq);
    }
    ck_assert_int_eq(lot_bid(&lot, 2, 0, 1049999), VERDICT_BID_TOO_LOW);
    ck_assert_int_eq(lot.decision.min_next_bid, 1050000);
    ck_assert_int_eq(lot_bid(&lot, 2, 1060000, 0), VERDICT_BID_OFF_STEP);
    ck_assert_int_eq(lot.decision.min_next_bid, 1050000);
    ck_assert_int_eq(lot.decision.step, 50000);
    lot_finish(&lot);
}
END_TEST

START_TEST(credit_comes_last_and_counts_the_most_that_a_bid_may_cost)
{
    struct lot lot;
    lot_init(&lot);
    lot_open(&lot);
    ck_assert_int_eq(lot_bid(&lot, 1, 1000000, 1500000), VERDICT_OK);
    static const struct {
        int64_t user;
        yen amount, maximum;
        bool confirm;
        int64_t credit;
        enum verdict verdict;
        yen available;
    } cases[] = {
        {2, 1000000, 0,       true,  0,       VERDICT_BID_TOO_LOW,      0      },
        {2, 1060000, 0,       true,  0,       VERDICT_BID_OFF_STEP,     0      },
        {2, 9000000, 0,       false, 0,       VERDICT_CONFIRM_REQUIRED, 0      },
        {2, 1050000, 0,       true,  1049999, VERDICT_CREDIT_EXCEEDED,  1049999},
        {2, 1050000, 1100001, true,  1100000, VERDICT_CREDIT_EXCEEDED,  1100000},
        {2, 1050000, 0,       true,  -1,      VERDICT_CREDIT_EXCEEDED,  0      },
        {1, 0,       1600000, true,  1599999, VERDICT_CREDIT_EXCEEDED,  1599999},
        {1, 1050000, 0,       true,  0,       VERDICT_ALREADY_LEADING,  0      },
        {2, 1050000, 1100000, true,  1100000, VERDICT_OK,               0      },
        {1, 0,       1600000, true,  1600000, VERDICT_OK,               0      },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct command command = lot_bid_command(&lot, cases[i].user, cases[i].amount, cases[i].maximum);
        command.bid.confirm = cases[i].confirm;
        struct auction_facts facts = lot_bidder(cases[i].user);
        facts.credit_limited = true;
        facts.credit = cases[i].credit;
        enum verdict verdict = lot_decide(&lot, &command, facts);
        ck_assert_msg(verdict == cases[i].verdict, "case %zu: %s", i, verdict_info(verdict)->code);
        ck_assert_int_eq(lot.decision.available, cases[i].available);
    }
    lot_finish(&lot);
}
END_TEST

START_TEST(a_maximum_left_before_the_start_changes_nothing_to_be_seen)
{
    struct lot lot;
    lot_init(&lot);
    ck_assert_int_eq(lot_do(&lot, COMMAND_SCHEDULE), VERDICT_OK);
    struct auction before = lot.auction;
    ck_assert_int_eq(lot_bid(&lot, 1, 0, 1234567), VERDICT_OK);
    ck_assert_uint_eq(lot.decision.count, 1);
    const struct auction_event *event = &lot.decision.events[0];
    ck_assert_int_eq(event->kind, EVENT_MAXIMUM_LEFT);
    ck_assert(event_is_sealed(event->kind));
    ck_assert_int_eq(event->user, 1);
    ck_assert_int_eq(event->maximum, 1234567);
    ck_assert_int_eq(event->amount, 0);
    before.seq++;
    ck_assert_mem_eq(&before, &lot.auction, sizeof before);
    lot_finish(&lot);
}
END_TEST

START_TEST(a_maximum_before_the_start_is_judged_like_a_bid)
{
    static const struct {
        yen amount, maximum;
        bool approved, own_lot, confirm;
        int64_t credit;
        enum verdict verdict;
    } cases[] = {
        {1000000, 0,       true,  false, true,  9000000, VERDICT_AUCTION_NOT_ACTIVE},
        {1000000, 1500000, true,  false, true,  9000000, VERDICT_AUCTION_NOT_ACTIVE},
        {0,       999999,  false, false, false, 0,       VERDICT_NOT_APPROVED      },
        {0,       999999,  true,  true,  false, 0,       VERDICT_OWN_LOT           },
        {0,       999999,  true,  false, false, 0,       VERDICT_BID_TOO_LOW       },
        {0,       3000001, true,  false, false, 0,       VERDICT_CONFIRM_REQUIRED  },
        {0,       3000000, true,  false, false, 2999999, VERDICT_CREDIT_EXCEEDED   },
        {0,       3000000, true,  false, false, 3000000, VERDICT_OK                },
        {0,       1000000, true,  false, false, 3000000, VERDICT_OK                },
    };
    struct lot lot;
    lot_init(&lot);
    ck_assert_int_eq(lot_do(&lot, COMMAND_SCHEDULE), VERDICT_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct command command = lot_bid_command(&lot, 2, cases[i].amount, cases[i].maximum);
        command.bid.confirm = cases[i].confirm;
        struct auction_facts facts = {.approved = cases[i].approved,
                                      .own_lot = cases[i].own_lot,
                                      .paddle = 2,
                                      .credit_limited = true,
                                      .credit = cases[i].credit};
        enum verdict verdict = lot_decide(&lot, &command, facts);
        ck_assert_msg(verdict == cases[i].verdict, "case %zu: %s", i, verdict_info(verdict)->code);
    }
    lot_finish(&lot);
}
END_TEST

START_TEST(a_maximum_is_withdrawn_only_before_the_start_and_only_if_there_is_one)
{
    for (int status = 0; status < AUCTION_STATUS_COUNT; status++) {
        struct lot lot;
        lot_bring_to(&lot, (enum auction_status)status);
        struct command command = lot_bid_command(&lot, 2, 0, 0);
        struct auction_facts revoked = {0};
        enum verdict none = lot_decide(&lot, &command, revoked);
        revoked.early_maximum = 1500000;
        enum verdict some = lot_decide(&lot, &command, revoked);
        bool early = status == AUCTION_SCHEDULED;
        ck_assert_int_eq(none, early ? VERDICT_NOT_FOUND : VERDICT_COMMAND_NOT_ALLOWED);
        ck_assert_int_eq(some, early ? VERDICT_OK : VERDICT_COMMAND_NOT_ALLOWED);
        if (early)
            ck_assert_int_eq(lot.decision.events[0].maximum, 0);
        lot_finish(&lot);
    }
}
END_TEST

START_TEST(a_known_bid_id_is_answered_from_memory_in_any_status)
{
    for (int status = 0; status < AUCTION_STATUS_COUNT; status++) {
        struct lot lot;
        lot_bring_to(&lot, (enum auction_status)status);
        struct command command = lot_bid_command(&lot, 2, 1050000, 2000000);
        struct auction_facts facts = {
            .memory = BID_ACCEPTED, .remembered = {.amount = 1050000, .maximum = 2000000}
        };
        ck_assert_int_eq(lot_decide(&lot, &command, facts), VERDICT_OK);
        ck_assert_int_eq(lot.decision.kind, DECISION_KNOWN);
        facts.remembered.maximum = 0;
        ck_assert_int_eq(lot_decide(&lot, &command, facts), VERDICT_BID_ID_REUSED);
        lot_finish(&lot);
    }
}
END_TEST

/* ---- maximum bids ---- */

struct step_of_contest {
    int64_t user;
    yen amount, maximum;
    yen price; /* after it */
    int64_t leader;
    yen leader_max;
};

struct contest {
    const char *name;
    yen reserve;
    struct step_of_contest steps[6];
};

START_TEST(maximum_bids)
{
    static const struct contest contests[] = {
        {"a plain bid places itself",
         0,                                                                 {{1, 1000000, 0, 1000000, 1, 1000000}, {2, 1050000, 0, 1050000, 2, 1050000}}      },
        {"a maximum alone opens at the start price",               0,       {{1, 0, 3000000, 1000000, 1, 3000000}}                                            },
        {"the standing maximum answers one step over",
         0,                                                                 {{1, 0, 3000000, 1000000, 1, 3000000}, {2, 1050000, 0, 1100000, 1, 3000000}}      },
        {"never over its own",
         0,                                                                 {{1, 0, 3000000, 1000000, 1, 3000000}, {2, 2950000, 2960000, 3000000, 1, 3000000}}},
        {"the higher maximum leads one step over the lower",
         0,                                                                 {{1, 0, 2000000, 1000000, 1, 2000000}, {2, 0, 3000000, 2050000, 2, 3000000}}      },
        {"the higher by less than a step leads at its own",
         0,                                                                 {{1, 0, 2000000, 1000000, 1, 2000000}, {2, 0, 2010000, 2010000, 2, 2010000}}      },
        {"equal maxima: the earlier leads",
         0,                                                                 {{1, 0, 2000000, 1000000, 1, 2000000}, {2, 0, 2000000, 2000000, 1, 2000000}}      },
        {"a plain bid equal to the maximum: the earlier leads",
         0,                                                                 {{1, 0, 2000000, 1000000, 1, 2000000}, {2, 2000000, 0, 2000000, 1, 2000000}}      },
        {"a plain bid over the maximum leads at itself",
         0,                                                                 {{1, 0, 2000000, 1000000, 1, 2000000}, {2, 2500000, 0, 2500000, 2, 2500000}}      },
        {"a raise moves nothing",
         0,                                                                 {{1, 1000000, 0, 1000000, 1, 1000000},
          {1, 0, 2000000, 1000000, 1, 2000000},
          {2, 1050000, 0, 1100000, 1, 2000000}}                                                                                                    },
        {"a maximum that reaches the reserve goes straight to it",
         2000000,                                                           {{1, 0, 3000000, 2000000, 1, 3000000}, {2, 2050000, 0, 2100000, 1, 3000000}}      },
        {"a maximum below the reserve is placed in full",
         2000000,                                                           {{1, 0, 1500000, 1500000, 1, 1500000}, {2, 1550000, 0, 1550000, 2, 1550000}}      },
        {"a plain bid below the reserve stays",                    2000000, {{1, 1200000, 0, 1200000, 1, 1200000}}                                            },
        {"a raise below the reserve is placed in full",
         2000000,                                                           {{1, 1200000, 0, 1200000, 1, 1200000}, {1, 0, 1700000, 1700000, 1, 1700000}}      },
        {"a raise to the reserve goes straight to it",
         2000000,                                                           {{1, 1200000, 0, 1200000, 1, 1200000}, {1, 0, 2500000, 2000000, 1, 2500000}}      },
        {"over a fully placed maximum to the reserve",
         2000000,                                                           {{1, 0, 1500000, 1500000, 1, 1500000}, {2, 0, 9000000, 2000000, 2, 9000000}}      },
        {"the step is that of the price reached",
         0,                                                                 {{1, 0, 5000000, 1000000, 1, 5000000}, {2, 0, 9000000, 5100000, 2, 9000000}}      },
    };
    for (size_t i = 0; i < sizeof contests / sizeof *contests; i++) {
        struct lot lot;
        lot_init(&lot);
        lot.auction.reserve = contests[i].reserve;
        lot_open(&lot);
        for (const struct step_of_contest *step = contests[i].steps; step->user != 0; step++) {
            enum verdict verdict = lot_bid(&lot, step->user, step->amount, step->maximum);
            ck_assert_msg(verdict == VERDICT_OK, "%s: %s", contests[i].name, verdict_info(verdict)->code);
            ck_assert_msg(lot.auction.price == step->price, "%s: price %ld", contests[i].name,
                          (long)lot.auction.price);
            ck_assert_msg(lot.auction.leader == step->leader, "%s: leader %ld", contests[i].name,
                          (long)lot.auction.leader);
            ck_assert_msg(lot.auction.leader_max == step->leader_max, "%s: maximum %ld", contests[i].name,
                          (long)lot.auction.leader_max);
        }
        lot_finish(&lot);
    }
}
END_TEST

START_TEST(the_ledger_shows_how_two_maxima_met)
{
    struct lot lot;
    lot_init(&lot);
    lot_open(&lot);
    ck_assert_int_eq(lot_bid(&lot, 1, 0, 2000000), VERDICT_OK);
    ck_assert_int_eq(lot_bid(&lot, 2, 1500000, 3000000), VERDICT_OK);
    const struct auction_event *events = lot.decision.events;
    ck_assert_uint_eq(lot.decision.count, 3); /* at the very start the clock has nothing to gain */
    static const struct {
        int paddle;
        yen amount;
        bool automatic;
    } lines[] = {
        {2, 1500000, false},
        {1, 2000000, true },
        {2, 2050000, true }
    };
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(events[i].paddle, lines[i].paddle);
        ck_assert_int_eq(events[i].amount, lines[i].amount);
        ck_assert_int_eq(events[i].automatic, lines[i].automatic);
    }
    ck_assert_int_eq(events[1].cause, events[0].seq);
    ck_assert_int_eq(lot.auction.bid_count, 2); /* the house's own lines are not bids */
    lot_finish(&lot);
}
END_TEST

/* ---- the clock ---- */

START_TEST(a_late_bid_resets_the_clock)
{
    static const struct {
        const char *name;
        enum extension_mode mode;
        int64_t left_ms;   /* when the bid is received */
        int64_t gained_ms; /* endsAt moves by this */
        int extensions;    /* shown as 延長 */
    } cases[] = {
        {"with all the time left nothing happens",          EXTENSION_RESET, 300000, 0,      0},
        {"one ms into the window it is reset",              EXTENSION_RESET, 299999, 1,      0},
        {"with a minute left it is reset, and not counted", EXTENSION_RESET, 60000,  240000, 0},
        {"with under a minute left it counts",              EXTENSION_RESET, 59999,  240001, 1},
        {"in the last millisecond",                         EXTENSION_RESET, 1,      299999, 1},
        {"add adds",                                        EXTENSION_ADD,   1,      300000, 1},
        {"add adds within the window",                      EXTENSION_ADD,   299999, 300000, 0},
        {"add leaves the clock alone outside",              EXTENSION_ADD,   300000, 0,      0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lot lot;
        lot_init(&lot);
        lot.auction.terms.rules.mode = cases[i].mode;
        lot_open(&lot);
        int64_t before = lot.auction.ends_at_ms;
        lot.now_ms = before - cases[i].left_ms;
        ck_assert_int_eq(lot_bid(&lot, 1, 1000000, 0), VERDICT_OK);
        ck_assert_msg(lot.auction.ends_at_ms - before == cases[i].gained_ms, "%s: %ld", cases[i].name,
                      (long)(lot.auction.ends_at_ms - before));
        ck_assert_msg(lot.auction.extensions == cases[i].extensions, "%s: %d", cases[i].name,
                      lot.auction.extensions);
        lot_finish(&lot);
    }
}
END_TEST

START_TEST(what_came_before_the_clock_ran_leaves_it_alone)
{
    for (enum extension_mode mode = EXTENSION_RESET; mode <= EXTENSION_ADD; mode++) {
        struct lot lot;
        lot_init(&lot);
        lot.auction.terms.rules.mode = mode;
        lot.auction.terms.rules.duration_ms = 60000; /* shorter than the window: all of it is within */
        lot_open(&lot);
        int64_t ends_at = lot.now_ms + 60000;
        ck_assert_int_eq(lot_bid(&lot, 1, 0, 1500000), VERDICT_OK); /* as a start places maxima */
        ck_assert_int_eq(lot_bid(&lot, 2, 0, 2000000), VERDICT_OK);
        ck_assert_int_eq(lot.auction.price, 1550000);
        ck_assert_int_eq(lot.auction.ends_at_ms, ends_at);
        ck_assert_int_eq(lot.auction.extensions, 0);
        lot.now_ms++;
        ck_assert_int_eq(lot_bid(&lot, 1, 0, 3000000), VERDICT_OK);
        ck_assert_int_eq(lot.auction.ends_at_ms,
                         mode == EXTENSION_ADD ? ends_at + 300000 : lot.now_ms + 300000);
        lot_finish(&lot);
    }
}
END_TEST

START_TEST(only_late_extensions_are_capped)
{
    struct lot lot;
    lot_init(&lot);
    lot.auction.terms.rules.max_extensions = 1;
    lot_open(&lot);
    lot.now_ms = lot.auction.ends_at_ms - 10;
    ck_assert_int_eq(lot_bid(&lot, 1, 1000000, 0), VERDICT_OK);
    ck_assert_int_eq(lot.auction.extensions, 1);
    lot.now_ms = lot.auction.ends_at_ms - 100000; /* not late: set, not counted */
    ck_assert_int_eq(lot_bid(&lot, 2, 1050000, 0), VERDICT_OK);
    ck_assert_int_eq(lot.auction.ends_at_ms, lot.now_ms + 300000);
    ck_assert_int_eq(lot.auction.extensions, 1);
    lot.now_ms = lot.auction.ends_at_ms - 10; /* late, and the cap is reached */
    int64_t ends_at = lot.auction.ends_at_ms;
    ck_assert_int_eq(lot_bid(&lot, 1, 1100000, 0), VERDICT_OK);
    ck_assert_int_eq(lot.auction.ends_at_ms, ends_at);
    lot_finish(&lot);
}
END_TEST

START_TEST(a_raise_extends_only_if_it_moves_the_price)
{
    struct lot lot;
    lot_init(&lot);
    lot.auction.reserve = 2000000;
    lot_open(&lot);
    ck_assert_int_eq(lot_bid(&lot, 1, 1000000, 0), VERDICT_OK);
    lot.now_ms += 250000;
    int64_t ends_at = lot.auction.ends_at_ms;
    ck_assert_int_eq(lot_bid(&lot, 1, 0, 2500000), VERDICT_OK); /* to the reserve: moves */
    ck_assert_int_eq(lot.auction.ends_at_ms, lot.now_ms + 300000);
    lot.now_ms += 250000;
    ends_at = lot.auction.ends_at_ms;
    ck_assert_int_eq(lot_bid(&lot, 1, 0, 3000000), VERDICT_OK);
    ck_assert_uint_eq(lot.decision.count, 1);
    ck_assert_int_eq(lot.auction.ends_at_ms, ends_at);
    lot_finish(&lot);
}
END_TEST

START_TEST(a_bid_counts_by_the_moment_it_was_received)
{
    struct lot lot;
    lot_init(&lot);
    lot_open(&lot);
    int64_t ends_at = lot.auction.ends_at_ms;
    struct command on_time = lot_bid_command(&lot, 1, 1000000, 0);
    on_time.at_ms = ends_at - 1;
    struct command too_late = lot_bid_command(&lot, 2, 1050000, 0);
    too_late.at_ms = ends_at;

    lot.now_ms = ends_at + 500; /* 判定中 */
    lot_decide(&lot, &too_late, lot_bidder(2));
    ck_assert_int_eq(lot.decision.kind, DECISION_HELD);
    ck_assert_int_eq(lot_decide(&lot, &on_time, lot_bidder(1)), VERDICT_OK);
    ck_assert_int_eq(lot.auction.leader, 1);
    ck_assert_int_eq(lot.auction.ends_at_ms, ends_at - 1 + 300000);
    /* the lot goes on, so the bid that was held counts */
    ck_assert_int_eq(lot_decide(&lot, &too_late, lot_bidder(2)), VERDICT_OK);
    ck_assert_int_eq(lot.auction.leader, 2);
    lot_finish(&lot);
}
END_TEST

START_TEST(after_the_grace_nothing_counts)
{
    struct lot lot;
    lot_init(&lot);
    lot_open(&lot);
    struct command on_time = lot_bid_command(&lot, 1, 1000000, 0);
    on_time.at_ms = lot.auction.ends_at_ms - 1;
    lot.now_ms = lot.auction.ends_at_ms + 1000;
    ck_assert_int_eq(lot_decide(&lot, &on_time, lot_bidder(1)), VERDICT_AUCTION_ENDED);
    struct command too_late = lot_bid_command(&lot, 2, 1050000, 0);
    lot_decide(&lot, &too_late, lot_bidder(2));
    ck_assert_int_eq(lot.decision.kind, DECISION_HELD); /* until the close is in the ledger */
    ck_assert_int_eq(lot_do(&lot, COMMAND_CLOSE), VERDICT_OK);
    ck_assert_int_eq(lot_decide(&lot, &too_late, lot_bidder(2)), VERDICT_AUCTION_ENDED);
    lot_finish(&lot);
}
END_TEST

START_TEST(the_clock_closes_at_the_end_of_the_grace_and_never_before)
{
    static const struct {
        yen reserve, amount;
        enum auction_status status;
    } cases[] = {
        {0,       0,       AUCTION_PASSED},
        {0,       1000000, AUCTION_SOLD  },
        {1500000, 1000000, AUCTION_PASSED},
        {1500000, 1500000, AUCTION_SOLD  }
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lot lot;
        lot_init(&lot);
        lot.auction.reserve = cases[i].reserve;
        lot_open(&lot);
        if (cases[i].amount > 0)
            ck_assert_int_eq(lot_bid(&lot, 1, cases[i].amount, 0), VERDICT_OK);
        lot.now_ms = lot.auction.ends_at_ms + 999;
        lot_do(&lot, COMMAND_CLOSE);
        ck_assert_int_eq(lot.decision.kind, DECISION_HELD);
        lot.now_ms++;
        ck_assert_int_eq(lot_do(&lot, COMMAND_CLOSE), VERDICT_OK);
        ck_assert_int_eq(lot.auction.status, cases[i].status);
        lot_finish(&lot);
    }
}
END_TEST

START_TEST(pause_freezes_what_remains_and_resume_gives_it_back)
{
    static const struct {
        int64_t left_ms, given_ms;
    } cases[] = {
        {200000, 200000},
        {10001,  10001 },
        {10000,  10000 },
        {3000,   10000 }
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lot lot;
        lot_init(&lot);
        lot_open(&lot);
        lot.now_ms = lot.auction.ends_at_ms - cases[i].left_ms;
        ck_assert_int_eq(lot_do(&lot, COMMAND_PAUSE), VERDICT_OK);
        ck_assert_int_eq(lot.auction.remaining_ms, cases[i].left_ms);
        lot.now_ms += 3600000;
        ck_assert_int_eq(lot_do(&lot, COMMAND_RESUME), VERDICT_OK);
        ck_assert_int_eq(lot.auction.ends_at_ms, lot.now_ms + cases[i].given_ms);
        lot_finish(&lot);
    }
    struct lot lot;
    lot_init(&lot);
    lot_open(&lot);
    lot.now_ms = lot.auction.ends_at_ms;
    ck_assert_int_eq(lot_do(&lot, COMMAND_PAUSE), VERDICT_AUCTION_ENDED);
    struct command extend = lot_command(&lot, COMMAND_EXTEND);
    extend.by_ms = 60000;
    ck_assert_int_eq(lot_decide(&lot, &extend, (struct auction_facts){0}), VERDICT_AUCTION_ENDED);
    lot_finish(&lot);
}
END_TEST

START_TEST(an_outage_pauses_at_the_moment_the_dark_began)
{
    struct lot lot;
    lot_init(&lot);
    lot_open(&lot);
    struct command outage = lot_command(&lot, COMMAND_OUTAGE);
    outage.actor = 0;
    outage.at_ms = lot.auction.ends_at_ms - 40000;
    lot.now_ms = lot.auction.ends_at_ms + 7200000;
    ck_assert_int_eq(lot_decide(&lot, &outage, (struct auction_facts){0}), VERDICT_OK);
    ck_assert_int_eq(lot.auction.remaining_ms, 40000);
    ck_assert(lot.auction.paused_by_outage);
    ck_assert_int_eq(lot_do(&lot, COMMAND_RESUME), VERDICT_OK);
    ck_assert_int_eq(lot.auction.ends_at_ms, lot.now_ms + 60000); /* at least a minute after an outage */
    lot_finish(&lot);
}
END_TEST

START_TEST(extend_moves_the_end_by_the_given_time)
{
    struct lot lot;
    lot_init(&lot);
    lot_open(&lot);
    int64_t ends_at = lot.auction.ends_at_ms;
    struct command extend = lot_command(&lot, COMMAND_EXTEND);
    extend.by_ms = 60000;
    ck_assert_int_eq(lot_decide(&lot, &extend, (struct auction_facts){0}), VERDICT_OK);
    ck_assert_int_eq(lot.auction.ends_at_ms, ends_at + 60000);
    ck_assert_int_eq(lot.auction.extensions, 0);
    static const int64_t bad[] = {0, -1, 999, 86400001};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        extend.by_ms = bad[i];
        ck_assert_int_eq(lot_decide(&lot, &extend, (struct auction_facts){0}), VERDICT_INVALID_MESSAGE);
    }
    lot_finish(&lot);
}
END_TEST

START_TEST(the_hammer_needs_a_warning_that_stood_ten_seconds)
{
    struct lot lot;
    lot_init(&lot);
    lot_open(&lot);
    ck_assert_int_eq(lot_bid(&lot, 1, 1000000, 0), VERDICT_OK);
    ck_assert_int_eq(lot_do(&lot, COMMAND_HAMMER), VERDICT_WARNING_REQUIRED);
    ck_assert_int_eq(lot_do(&lot, COMMAND_WARN), VERDICT_OK);
    lot.now_ms += 9999;
    ck_assert_int_eq(lot_do(&lot, COMMAND_HAMMER), VERDICT_WARNING_REQUIRED);
    ck_assert_int_eq(lot_bid(&lot, 2, 1050000, 0), VERDICT_OK);
    lot.now_ms += 60000;
    ck_assert_int_eq(lot_do(&lot, COMMAND_HAMMER), VERDICT_WARNING_REQUIRED); /* a bid came since */
    ck_assert_int_eq(lot_do(&lot, COMMAND_WARN), VERDICT_OK);
    lot.now_ms += 10000;
    ck_assert_int_eq(lot_do(&lot, COMMAND_HAMMER), VERDICT_OK);
    ck_assert_int_eq(lot.auction.ends_at_ms, lot.now_ms);
    /* then the ordinary close with its grace */
    lot_do(&lot, COMMAND_CLOSE);
    ck_assert_int_eq(lot.decision.kind, DECISION_HELD);
    lot.now_ms += 1000;
    ck_assert_int_eq(lot_do(&lot, COMMAND_CLOSE), VERDICT_OK);
    ck_assert_int_eq(lot.auction.status, AUCTION_SOLD);
    lot_finish(&lot);
}
END_TEST

/* ---- the auctioneer's other commands ---- */

START_TEST(the_reserve_may_only_fall_once_the_lot_is_open)
{
    struct lot lot;
    lot_init(&lot);
    lot.auction.reserve = 2000000;
    ck_assert_int_eq(lot_do(&lot, COMMAND_SCHEDULE), VERDICT_OK);
    struct command reserve = lot_command(&lot, COMMAND_RESERVE);
    reserve.reserve = 3000000;
    ck_assert_int_eq(lot_decide(&lot, &reserve, (struct auction_facts){0}), VERDICT_OK);
    ck_assert_int_eq(lot_do(&lot, COMMAND_START), VERDICT_OK);
    reserve.reserve = 3010000;
    ck_assert_int_eq(lot_decide(&lot, &reserve, (struct auction_facts){0}), VERDICT_RESERVE_RAISED);
    reserve.reserve = 2999999;
    ck_assert_int_eq(lot_decide(&lot, &reserve, (struct auction_facts){0}), VERDICT_PRICE_OFF_STEP);
    ck_assert_int_eq(lot_bid(&lot, 1, 1500000, 0), VERDICT_OK);
    ck_assert_int_eq(auction_reserve_state(&lot.auction), RESERVE_UNMET);
    reserve.reserve = 1500000;
    ck_assert_int_eq(lot_decide(&lot, &reserve, (struct auction_facts){0}), VERDICT_OK);
    ck_assert_int_eq(auction_reserve_state(&lot.auction), RESERVE_MET);
    reserve.reserve = 0;
    ck_assert_int_eq(lot_decide(&lot, &reserve, (struct auction_facts){0}), VERDICT_OK);
    ck_assert_int_eq(auction_reserve_state(&lot.auction), RESERVE_NONE);
    lot_finish(&lot);
}
END_TEST

START_TEST(the_auctioneer_sets_the_step_and_lowers_the_start_price)
{
    struct lot lot;
    lot_init(&lot);
    lot_open(&lot);
    struct command step = lot_command(&lot, COMMAND_STEP);
    step.step = -1;
    step.start_price = 800000;
    ck_assert_int_eq(lot_decide(&lot, &step, (struct auction_facts){0}), VERDICT_OK);
    ck_assert_int_eq(auction_min_next_bid(&lot.auction), 800000);
    step.start_price = 900000;
    ck_assert_int_eq(lot_decide(&lot, &step, (struct auction_facts){0}), VERDICT_START_PRICE_FIXED);
    step.start_price = 795000;
    ck_assert_int_eq(lot_decide(&lot, &step, (struct auction_facts){0}), VERDICT_PRICE_OFF_STEP);
    step.start_price = 0;
    step.step = 200000;
    ck_assert_int_eq(lot_decide(&lot, &step, (struct auction_facts){0}), VERDICT_OK);
    ck_assert_int_eq(lot_bid(&lot, 1, 800000, 0), VERDICT_OK);
    ck_assert_int_eq(auction_min_next_bid(&lot.auction), 1000000);
    ck_assert_int_eq(lot_bid(&lot, 2, 1100000, 0), VERDICT_BID_OFF_STEP);
    ck_assert_int_eq(lot_bid(&lot, 2, 1200000, 0), VERDICT_OK);
    step.step = 0; /* back to the ladder */
    ck_assert_int_eq(lot_decide(&lot, &step, (struct auction_facts){0}), VERDICT_OK);
    ck_assert_int_eq(auction_min_next_bid(&lot.auction), 1250000);
    step.start_price = 500000;
    ck_assert_int_eq(lot_decide(&lot, &step, (struct auction_facts){0}), VERDICT_START_PRICE_FIXED);
    lot_finish(&lot);
}
END_TEST

START_TEST(a_reason_given_stands_in_the_ledger)
{
    static const enum command_kind kinds[] = {COMMAND_EXTEND, COMMAND_PAUSE,  COMMAND_RESUME,
                                              COMMAND_PASS,   COMMAND_REOPEN, COMMAND_WITHDRAW};
    struct lot lot;
    lot_init(&lot);
    lot_open(&lot);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct command command = lot_command(&lot, kinds[i]);
        command.by_ms = 60000;
        ck_assert_int_eq(lot_decide(&lot, &command, (struct auction_facts){0}), VERDICT_OK);
        ck_assert_ptr_eq(lot.decision.events[0].text, command.text);
    }
    lot_finish(&lot);
}
END_TEST

START_TEST(undo_takes_back_one_bid_and_keeps_the_others)
{
    struct lot lot;
    lot_init(&lot);
    lot_open(&lot);
    ck_assert_int_eq(lot_bid(&lot, 1, 0, 2000000), VERDICT_OK);
    int64_t slip = lot.auction.seq + 1;
    ck_assert_int_eq(lot_bid(&lot, 2, 5000000, 0), VERDICT_OK); /* a slip of the finger */
    ck_assert_int_eq(lot_bid(&lot, 3, 5100000, 0), VERDICT_OK);
    lot.now_ms += 200000;
    struct command undo = lot_command(&lot, COMMAND_UNDO);
    ck_assert_int_eq(lot_decide(&lot, &undo, (struct auction_facts){0}), VERDICT_OK); /* the latest: user 3 */
    ck_assert_int_eq(lot.auction.leader, 2);
    undo = lot_command(&lot, COMMAND_UNDO);
    undo.undo_seq = slip;
    ck_assert_int_eq(lot_decide(&lot, &undo, (struct auction_facts){0}), VERDICT_OK);
    ck_assert_int_eq(lot.auction.leader, 1);
    ck_assert_int_eq(lot.auction.price, 1000000);
    ck_assert_int_eq(lot.auction.leader_max, 2000000);
    ck_assert_int_eq(lot.auction.bid_count, 1);
    ck_assert_int_eq(lot.auction.ends_at_ms, lot.now_ms + 300000);
    undo = lot_command(&lot, COMMAND_UNDO);
    undo.undo_seq = slip;
    ck_assert_int_eq(lot_decide(&lot, &undo, (struct auction_facts){0}),
                     VERDICT_NOTHING_TO_UNDO); /* once is enough */
    undo.undo_seq = 0;
    ck_assert_int_eq(lot_decide(&lot, &undo, (struct auction_facts){0}), VERDICT_OK);
    ck_assert_int_eq(lot.auction.price, 0);
    ck_assert_int_eq(lot.auction.leader, 0);
    ck_assert_int_eq(lot_do(&lot, COMMAND_UNDO), VERDICT_NOTHING_TO_UNDO);
    lot_finish(&lot);
}
END_TEST

START_TEST(in_an_undo_a_leaders_own_higher_amount_counts_as_a_raise)
{
    struct lot lot;
    lot_init(&lot);
    lot_open(&lot);
    ck_assert_int_eq(lot_bid(&lot, 1, 1000000, 0), VERDICT_OK);
    int64_t between = lot.auction.seq + 1;
    ck_assert_int_eq(lot_bid(&lot, 2, 1050000, 0), VERDICT_OK);
    ck_assert_int_eq(lot_bid(&lot, 1, 1500000, 0), VERDICT_OK);
    struct command undo = lot_command(&lot, COMMAND_UNDO);
    undo.undo_seq = between;
    ck_assert_int_eq(lot_decide(&lot, &undo, (struct auction_facts){0}), VERDICT_OK);
    ck_assert_int_eq(lot.auction.leader, 1);
    ck_assert_int_eq(lot.auction.price, 1000000);
    ck_assert_int_eq(lot.auction.leader_max, 1500000);
    lot_finish(&lot);
}
END_TEST

START_TEST(undo_while_paused_gives_at_least_a_full_extension)
{
    struct lot lot;
    lot_bring_to(&lot, AUCTION_ACTIVE);
    lot.now_ms = lot.auction.ends_at_ms - 5000;
    ck_assert_int_eq(lot_do(&lot, COMMAND_PAUSE), VERDICT_OK);
    ck_assert_int_eq(lot_do(&lot, COMMAND_UNDO), VERDICT_OK);
    ck_assert_int_eq(lot.auction.status, AUCTION_PAUSED);
    ck_assert_int_eq(lot.auction.remaining_ms, 300000);
    lot_finish(&lot);
}
END_TEST

START_TEST(reopen_gives_a_full_clock_and_clears_maxima)
{
    struct lot lot;
    lot_init(&lot);
    lot_open(&lot);
    ck_assert_int_eq(lot_bid(&lot, 1, 0, 9000000), VERDICT_OK);
    lot.now_ms = lot.auction.ends_at_ms + 1000;
    ck_assert_int_eq(lot_do(&lot, COMMAND_CLOSE), VERDICT_OK);
    struct command reopen = lot_command(&lot, COMMAND_REOPEN);
    ck_assert_int_eq(lot_decide(&lot, &reopen, (struct auction_facts){.order_settled = true}),
                     VERDICT_ORDER_SETTLED);
    ck_assert_int_eq(lot_decide(&lot, &reopen, (struct auction_facts){0}), VERDICT_OK);
    ck_assert_int_eq(lot.auction.status, AUCTION_ACTIVE);
    ck_assert_int_eq(lot.auction.ends_at_ms, lot.now_ms + 300000);
    ck_assert_int_eq(lot.auction.price, 1000000);
    ck_assert_int_eq(lot.auction.leader_max, 1000000);
    lot_finish(&lot);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("auction");
    TCase *life = tcase_create("life");
    tcase_add_test(life, every_command_is_allowed_in_exactly_its_statuses);
    tcase_add_test(life, a_bid_answers_for_each_status);
    tcase_add_test(life, commands_that_name_a_seq_are_refused_when_anything_came_since);
    tcase_add_test(life, withdraw_undo_and_reopen_need_a_reason);
    tcase_add_test(life, terms_are_checked_before_a_lot_is_scheduled);
    TCase *bids = tcase_create("bids");
    tcase_add_test(bids, the_first_failing_check_is_the_answer);
    tcase_add_test(bids, credit_comes_last_and_counts_the_most_that_a_bid_may_cost);
    tcase_add_test(bids, a_maximum_left_before_the_start_changes_nothing_to_be_seen);
    tcase_add_test(bids, a_maximum_before_the_start_is_judged_like_a_bid);
    tcase_add_test(bids, a_maximum_is_withdrawn_only_before_the_start_and_only_if_there_is_one);
    tcase_add_test(bids, a_known_bid_id_is_answered_from_memory_in_any_status);
    tcase_add_test(bids, maximum_bids);
    tcase_add_test(bids, the_ledger_shows_how_two_maxima_met);
    TCase *clock = tcase_create("clock");
    tcase_add_test(clock, a_late_bid_resets_the_clock);
    tcase_add_test(clock, what_came_before_the_clock_ran_leaves_it_alone);
    tcase_add_test(clock, only_late_extensions_are_capped);
    tcase_add_test(clock, a_raise_extends_only_if_it_moves_the_price);
    tcase_add_test(clock, a_bid_counts_by_the_moment_it_was_received);
    tcase_add_test(clock, after_the_grace_nothing_counts);
    tcase_add_test(clock, the_clock_closes_at_the_end_of_the_grace_and_never_before);
    tcase_add_test(clock, pause_freezes_what_remains_and_resume_gives_it_back);
    tcase_add_test(clock, an_outage_pauses_at_the_moment_the_dark_began);
    tcase_add_test(clock, extend_moves_the_end_by_the_given_time);
    tcase_add_test(clock, the_hammer_needs_a_warning_that_stood_ten_seconds);
    TCase *office = tcase_create("office");
    tcase_add_test(office, the_reserve_may_only_fall_once_the_lot_is_open);
    tcase_add_test(office, the_auctioneer_sets_the_step_and_lowers_the_start_price);
    tcase_add_test(office, a_reason_given_stands_in_the_ledger);
    tcase_add_test(office, undo_takes_back_one_bid_and_keeps_the_others);
    tcase_add_test(office, in_an_undo_a_leaders_own_higher_amount_counts_as_a_raise);
    tcase_add_test(office, undo_while_paused_gives_at_least_a_full_extension);
    tcase_add_test(office, reopen_gives_a_full_clock_and_clears_maxima);
    suite_add_tcase(suite, life);
    suite_add_tcase(suite, bids);
    suite_add_tcase(suite, clock);
    suite_add_tcase(suite, office);
    return run_suite(suite);
}
