/* The little arithmetic that money needs. Everything else is plain integer addition, which MONEY_MAX keeps
 * far from overflow; only a product with a rate could come near, so the tax is worked out in two parts. */
#include "core/domain/money.h"

bool money_is_amount(yen amount)
{
    return amount > 0 && amount <= MONEY_MAX;
}

yen money_tax(yen amount, int rate_basis_points)
{
    /* amount = 10000·q + r, so the tax is q·rate + ⌊r·rate / 10000⌋: exact, and no product exceeds
     * amount·rate / 10000. */
    const yen whole = 10000;
    return amount / whole * rate_basis_points + amount % whole * rate_basis_points / whole;
}
