/* The gist of an item: all that the index of stories keeps of it, as bytes. At start items are put back from
 * their gists, at a small part of what cutting their texts again would cost. Like the counts of words they
 * belong to one seed and one machine; those of an older program that cut otherwise are refused. Pure. */
#ifndef NEWSALERTD_STORY_GIST_H
#define NEWSALERTD_STORY_GIST_H

#include "story/index_inside.h"

void gist_write(const struct words *w, const struct question *q, struct buf *out);
/* 0, or -1: none of ours; then *ret is as it was. All but ret->item is set; words get their entries. */
int gist_read(struct words *w, struct text gist, struct question *ret);

#endif
