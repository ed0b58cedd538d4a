/* How urgent an alert is. */
#ifndef NEWSALERTD_BASE_LEVEL_H
#define NEWSALERTD_BASE_LEVEL_H

enum level { LEVEL_ROUTINE, LEVEL_URGENT, LEVEL_FLASH };
extern const char *const level_names[3];
int level_of(const char *name); /* any case; -1: none */

#endif
