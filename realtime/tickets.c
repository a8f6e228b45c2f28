#include "realtime/tickets.h"

void tickets_init(struct tickets *tickets)
{
    *tickets = (struct tickets){.end = &tickets->first};
}

void tickets_push(struct tickets *tickets, struct ticket *ticket)
{
    ticket->next = NULL;
    *tickets->end = ticket;
    tickets->end = &ticket->next;
    tickets->count++;
}

void tickets_push_front(struct tickets *tickets, struct ticket *ticket)
{
    ticket->next = tickets->first;
    if (tickets->first == NULL)
        tickets->end = &ticket->next;
    tickets->first = ticket;
    tickets->count++;
}

struct ticket *tickets_pop(struct tickets *tickets)
{
    struct ticket *ticket = tickets->first;
    if (ticket == NULL)
        return NULL;
    tickets->first = ticket->next;
    if (tickets->first == NULL)
        tickets->end = &tickets->first;
    tickets->count--;
    return ticket;
}
