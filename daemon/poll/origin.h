/* Addresses as libcurl reads them, so that what is judged is what is asked. Heap; callers free. Any thread.
 */
#ifndef NEWSALERTD_POLL_ORIGIN_H
#define NEWSALERTD_POLL_ORIGIN_H

/* "https://host:443" of an address, small letters; NULL: not http(s). */
char *origin_of(const char *url);
/* `reference` against `base` (NULL: none), cleaned, without user, password and fragment. NULL: not http(s).
 */
char *origin_follow(const char *base, const char *reference);
/* User and password that stand in an address; unchanged when there are none. */
void origin_credentials(const char *url, char **ret_user, char **ret_password);

#endif
