/* The registration number of an issuer of qualified invoices (適格請求書発行事業者登録番号): T and thirteen
 * digits, of which the first guards the others, as in a corporate number (法人番号). */
#pragma once

#include <stdbool.h>

/** True for "T" and thirteen digits whose check digit is right. */
bool invoice_number_is_valid(const char *text);
