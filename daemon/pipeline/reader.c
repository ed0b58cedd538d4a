/* The reader: a thread between the loop and the pipeline, which turns bytes into documents. What an item is
 * called and says does not depend on what else there is, so a document is read while the pipeline still
 * stores the one before it, and a large or a bad one holds up only those that wait to be read. It runs ahead
 * by LIMIT_READ_AHEAD at most. */
#include "pipeline/inside.h"

#include "base/failpoint.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "parse/parse.h"

#include <stdio.h>

#define AT_REST INT64_MAX /* it waits for work, or for the pipeline */

void parsed_clear(struct parsed *r) {
    free(r->keys);
    *r = (struct parsed){.document = document_free(r->document)};
}

void pipeline_read(const struct parse_input *in, struct answer *answer, struct parsed *ret) {
    struct parse_warnings warnings = {0};
    struct document *d = NULL;
    AUTOFREE char *why = NULL;
    if (parse_document(in, &warnings, &d, &why) < 0) {
        /* What broke off before it could be told what it is, says that. */
        bool cut = answer->kind == ANSWER_CUT;
        d = NULL;
        answer->kind = cut ? ANSWER_NETWORK : ANSWER_NOT_FEED;
        if (!cut) snprintf(answer->error, sizeof answer->error, "not a feed: %s", why ? why : "?");
    } else if (!d->complete) {
        answer->kind = ANSWER_CUT;
        /* A person may look at an item that was cut; here it would be another one, and alert again, once the
         * whole document came. */
        if (d->unfinished && d->n_items) d->n_items--;
        /* The transfer that broke off has words of its own. */
        if (!in->cut) snprintf(answer->error, sizeof answer->error, "the document ends in the middle");
    }
    parse_warnings_clear(&warnings);
    *ret = (struct parsed){d, d ? item_keys(d) : NULL};
}

static void read_body(struct pipeline *p, struct message *m) {
    struct fetched *f = m->fetched;
    const struct parse_input in = {.bytes = {f->body, f->body_len},
                                   .content_type = text_of(f->content_type),
                                   .base = text_of(f->final_url),
                                   .cut = f->cut};
    store_in_hand(p->store, HAND_READER, f->location);
    FAILPOINT("document-in-hand", NULL);
    pipeline_read(&in, &f->answer, &m->parsed);
    store_in_hand(p->store, HAND_READER, NULL);
    free(steal(&f->body));
}

void *pipeline_reader(void *arg) {
    struct pipeline *p = arg;
    while (queue_wait(p->unread, MINUTE)) {
        struct message *m = (struct message *)queue_take_long(p->unread);
        if (!m) continue;
        size_t weight = 0;
        if (m->what == MESSAGE_FETCHED) {
            queue_wait_room(p->queue, m->fetched->body_len, LIMIT_READ_AHEAD);
            p->read_step = time_boot();
            read_body(p, m);
            p->read_step = AT_REST;
            weight = m->parsed.document ? m->parsed.document->arena.used : 0;
        }
        queue_put(p->queue, LANE_LONG, true, &m->link, weight);
        p->unread_n--;
    }
    return NULL;
}
