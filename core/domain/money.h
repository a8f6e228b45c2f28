/* Money is a whole number of yen, excluding tax, in 64 bits; never a float. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef int64_t yen;

/** The largest amount a bid may name (product.md, check 2): 10¹² yen. Sums of a sale stay far below 2⁶³. */
#define MONEY_MAX INT64_C(1000000000000)

/** True for 0 < amount ≤ MONEY_MAX. */
bool money_is_amount(yen amount);

/** Consumption tax on `amount`, in basis points (1000 = 10 %), rounded down: once per rate and invoice. */
yen money_tax(yen amount, int rate_basis_points);
