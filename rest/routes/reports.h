/* Reports: the results of a sale, what its bidders did, the course of a lot, the audit trail. */
#pragma once

#include "rest/route.h"

extern const struct schema report_query, report_audit_query;

route_handler report_sale_get, report_bidders_get, report_auction_get, report_audit_get;
