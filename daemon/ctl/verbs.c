/* The tables of newsalertctl: options and verbs. --help, completion and the check of newsalertctl(1) read
 * them. */
#include "ctl/ctl.h"

const struct option_row ctl_options[] = {
    {'c', "config", "FILE", "the configuration (default: $NEWSALERTD_CONF, XDG, then /etc)"},
    {0, "state", "DIR", "the state folder of the daemon (outbox: also a row's state to list)"},
    {'j', "json", NULL, "JSON, one object a line"},
    {0, "base", "URL", "the address that relative links are resolved against"},
    {0, "content-type", "TYPE", "the Content-Type that came with the bytes"},
    {0, "warnings", NULL, "name each repair of a broken feed on standard error"},
    {0, "feed", "NAME", "which configured feed the files are"},
    {0, "notify", "NAME", "only this notifier"},
    {0, "since", "TIME", "only what fired since: a duration back (2h) or an RFC 3339 time"},
    {0, "force", NULL, "poll also what backs off or is gone (never a host that said 429)"},
    {0, "all-dead", NULL, "all dead messages"},
    {'n', "dry-run", NULL, "print the message instead of sending it"},
    {0, "repeat", "N", "passes over the items"},
    {0, "man", NULL, "the source of newsalertd.conf(5)"},
    {'V', "version", NULL, "print version and licence"},
    {'h', "help", NULL, "print help"},
};
const size_t ctl_n_options = sizeof ctl_options / sizeof *ctl_options;

const struct ctl_verb ctl_verbs[] = {
    {"parse", "FILE|-", "feed bytes to one JSON document", "base content-type warnings", ctl_parse, false},
    {"match", "FEEDFILE|-…", "which alert fires on which item, as JSON lines", "config feed", ctl_match,
     false},
    {"places", "FEEDFILE|-…", "the cities that items speak of, as JSON lines", "config", ctl_places, false},
    {"query", "'QUERY'", "one query: its tree, warnings, or the error with a caret", "config json", ctl_query,
     false},
    {"bench-match", "FEEDFILE…", "time matching; one JSON line", "config repeat", ctl_bench_match, false},
    {"plugins", "[NAME]", "the plugins, or one with its options", "config json", ctl_plugins, false},
    {"config", "[KEY]", "the configuration's keys, or one, with types and defaults", "json man", ctl_config,
     false},
    {"completion", "bash|zsh|fish", "a completion script for the shell", "", ctl_completion, false},
    {"test-notify", "NAME", "send a test message to a notifier now", "config dry-run", ctl_test_notify,
     false},
    {"status", "", "how the daemon, its feeds and destinations are", "config state json", ctl_status, true},
    {"feeds", "", "each feed: state, last and next poll, why, items, errors", "config state json", ctl_feeds,
     true},
    {"alerts", "", "what fired", "config state json since", ctl_alerts, true},
    {"outbox", "", "messages and their states", "config state json notify", ctl_outbox, true},
    {"reload", "", "read the configuration anew", "config state json", ctl_reload, true},
    {"poll", "[FEED…]", "poll now: these feeds, or all", "config state json force", ctl_poll, true},
    {"retry", "ID|NAME", "try a message, or all of a notifier, again now", "config state json all-dead",
     ctl_retry, true},
    {"drop", "ID|NAME", "delete a message, or all of a notifier", "config state json", ctl_drop, true},
};
const size_t ctl_n_verbs = sizeof ctl_verbs / sizeof *ctl_verbs;
