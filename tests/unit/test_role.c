/* Roles: names there and back, and what the sets of the tables hold. */
#include "core/auth/role.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdlib.h>

START_TEST(a_name_leads_back_to_its_role)
{
    ck_assert_int_eq(role_parse(role_name((enum role)_i)), _i);
}
END_TEST

static const char *const strangers[] = {"", "Admin", "admin ", "adm", "administrator", "root"};

START_TEST(other_names_are_no_role)
{
    ck_assert_int_eq(role_parse(strangers[_i]), -1);
}
END_TEST

static const struct {
    role_set set;
    bool members[ROLE_COUNT]; /* visitor, viewer, bidder, auctioneer, admin */
} sets[] = {
    {ROLES_ANYONE,          {true, true, true, true, true}     },
    {ROLES_LOGGED_IN,       {false, true, true, true, true}    },
    {ROLES_OFFICE,          {false, false, false, true, true}  },
    {ROLES_BIDDERS,         {false, false, true, false, false} },
    {ROLES_ONE(ROLE_ADMIN), {false, false, false, false, true} },
    {0,                     {false, false, false, false, false}},
};

START_TEST(a_set_has_its_members_alone)
{
    for (int role = 0; role < ROLE_COUNT; role++)
        ck_assert_int_eq(roles_have(sets[_i].set, (enum role)role), sets[_i].members[role]);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("role");
    tcase_add_loop_test(cases, a_name_leads_back_to_its_role, 0, ROLE_COUNT);
    tcase_add_loop_test(cases, other_names_are_no_role, 0, (int)(sizeof strangers / sizeof *strangers));
    tcase_add_loop_test(cases, a_set_has_its_members_alone, 0, (int)(sizeof sets / sizeof *sets));
    Suite *suite = suite_create("role");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
