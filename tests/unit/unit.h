/* What every unit test includes first: cmocka and what it needs before. */
#ifndef NEWSALERTD_TESTS_UNIT_H
#define NEWSALERTD_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#endif
