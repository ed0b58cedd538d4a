/* Secrets from files and systemd credentials. */
#ifndef NEWSALERTD_CONFIG_SECRET_H
#define NEWSALERTD_CONFIG_SECRET_H

#include "config/config.h"
#include "config/keys.h"

enum secret_result {
    SECRET_READ = 0,
    SECRET_WRONG = -1,    /* why says what is wrong */
    SECRET_UNCHECKED = -2 /* a credential, outside the service; not wrong while only checking */
};

/* `value`: the path (absolute), or the credential's name. *ret (heap) is without line ends behind it; a line
 * break inside parts the values of a list, and becomes a comma. */
enum secret_result secret_read(enum key_form form, const char *value, bool list, char **ret,
                               char why[KEY_WHY]);

#endif
