/* The clerks: threads that carry out the auctioneer's commands as REST does, waiting for the database so that
 * the loop need not. Those of one client, and those about one lot or sale, are carried out in the order they
 * came; others side by side, as many as there are clerks. Whether the user may still give commands is asked
 * of the database each time. */
#pragma once

#include "core/wire/command.h"

struct clerks; /* opaque */
struct node;
struct request;
struct session;

struct clerks *clerks_create(struct node *node);
/** What waits is dropped; the loop runs on until what is being carried out has ended. */
void clerks_destroy(struct clerks **clerks);

/** Carries out a command about a lot (or about a sale) and answers the request, later. What was said is
 * copied. */
void clerks_command(struct clerks *clerks, struct session *session, const struct request *request,
                    enum command_kind kind, const struct command_said *said);
void clerks_sale_command(struct clerks *clerks, struct session *session, const struct request *request,
                         enum command_kind kind, const struct command_said *said);

/** Commands waiting or being carried out; a draining node waits for 0. */
int clerks_pending(const struct clerks *clerks);
