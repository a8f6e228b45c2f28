/* What may come back from the database. A write has a third answer besides done and failed: the connection
 * went away after the statement was sent, and it may or may not be committed (style.md, habit 5). */
#pragma once

enum db_outcome {
    DB_DONE,     /* executed; the result is valid */
    DB_REFUSED,  /* the server refused the statement (constraint, syntax): sqlstate says why; certainly no
                    effect */
    DB_NOT_SENT, /* never left this process: no connection, queue full, time-out before sending; certainly no
                    effect */
    DB_UNCERTAIN /* sent, and the connection was lost before the answer */
};
