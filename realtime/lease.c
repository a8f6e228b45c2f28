/* A holder prolongs three times within a lease's length, so of a living holder at least two thirds are left
 * just before it does. Others ask when a quarter is left: by then a living holder has prolonged, and they
 * never see its lease end. */
#include "realtime/lease.h"

#include <stdio.h>
#include <string.h>

#define AGAIN_MS 250 /* after a question without an answer, or with one that settles nothing */

void lease_init(struct lease *lease, int64_t length_ms, int64_t ask_ms)
{
    *lease = (struct lease){.length_ms = length_ms, .ask_ms = ask_ms};
}

/* When the state that was entered at `now_ms` wants to be confirmed. */
static int64_t next_question_ms(const struct lease *lease, int64_t now_ms)
{
    int64_t quarter_left_ms = lease->until_ms - lease->length_ms / 4;
    switch (lease->state) {
    case LEASE_UNKNOWN: return now_ms + AGAIN_MS;
    case LEASE_OURS: return lease->until_ms - lease->length_ms * 2 / 3;
    case LEASE_THEIRS: return now_ms < quarter_left_ms ? quarter_left_ms : lease->until_ms;
    case LEASE_DOUBTED: return lease->until_ms < now_ms + AGAIN_MS ? lease->until_ms : now_ms + AGAIN_MS;
    }
    __builtin_unreachable();
}

static void move(struct lease *lease, enum lease_state state, int64_t now_ms)
{
    lease->state = state;
    lease->ask_ms = next_question_ms(lease, now_ms);
}

void lease_advance(struct lease *lease, int64_t now_ms)
{
    switch (lease->state) {
    case LEASE_UNKNOWN: return;
    case LEASE_OURS:
    case LEASE_THEIRS:
    case LEASE_DOUBTED:
        if (now_ms >= lease->until_ms) {
            move(lease, LEASE_UNKNOWN, now_ms);
            lease->ask_ms = now_ms;
        }
        return;
    }
}

bool lease_wants_asking(const struct lease *lease, int64_t now_ms)
{
    return lease->asked_ms == 0 && now_ms >= lease->ask_ms;
}

void lease_asked(struct lease *lease, int64_t now_ms)
{
    lease->asked_ms = now_ms;
}

/* A holder in doubt is trusted again once it has prolonged after the doubt arose: it is back. What is left,
 * counted from before the question, makes the prolongation seem earlier than it was, never later. */
static bool is_still_doubted(const struct lease *lease, const struct lease_answer *answer, int64_t asked_ms)
{
    int64_t prolonged_ms = asked_ms + answer->left_ms - lease->length_ms;
    return lease->state == LEASE_DOUBTED && strcmp(lease->holder, answer->owner) == 0 &&
           prolonged_ms <= lease->doubted_ms;
}

void lease_answered(struct lease *lease, const struct lease_answer *answer, const char *self, int64_t now_ms)
{
    int64_t asked_ms = lease->asked_ms;
    lease->asked_ms = 0;
    lease_advance(lease, now_ms);
    if (answer->owner == NULL) {
        lease->ask_ms = now_ms + AGAIN_MS;
        return;
    }
    if (*answer->owner == '\0') {
        move(lease, LEASE_UNKNOWN, now_ms);
        return;
    }
    bool doubted = is_still_doubted(lease, answer, asked_ms);
    lease->until_ms = asked_ms + answer->left_ms; /* never later than Redis will have it */
    if (strcmp(answer->owner, self) == 0) {
        move(lease, LEASE_OURS, now_ms);
    } else {
        snprintf(lease->holder, sizeof lease->holder, "%s", answer->owner);
        move(lease, doubted ? LEASE_DOUBTED : LEASE_THEIRS, now_ms);
    }
}

void lease_hurry(struct lease *lease, int64_t now_ms)
{
    lease_advance(lease, now_ms);
    switch (lease->state) {
    case LEASE_UNKNOWN:
        if (lease->ask_ms > now_ms + AGAIN_MS)
            lease->ask_ms = now_ms;
        return;
    case LEASE_OURS:
    case LEASE_THEIRS:
    case LEASE_DOUBTED: return;
    }
}

void lease_doubt(struct lease *lease, const char *holder, int64_t now_ms)
{
    lease_advance(lease, now_ms);
    switch (lease->state) {
    case LEASE_THEIRS:
        if (strcmp(lease->holder, holder) != 0)
            return;
        lease->doubted_ms = now_ms;
        move(lease, LEASE_DOUBTED, now_ms);
        return;
    case LEASE_UNKNOWN:
    case LEASE_OURS:
    case LEASE_DOUBTED: return;
    }
}

void lease_freed(struct lease *lease, int64_t now_ms)
{
    move(lease, LEASE_UNKNOWN, now_ms);
    lease->ask_ms = now_ms;
}
