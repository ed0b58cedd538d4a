/* The body of format = custom: a text of the user's with ${names} in it. Pure.
 *
 *     ${title}          a fact, escaped as the content type asks (JSON: without the quotes)
 *     ${title|html}     the same with a named escape
 *     ${if url}…${end}  only where the fact is there; may stand in another one
 *     $$                a dollar sign
 *
 * No loops and no code. Names and escapes are tables (template.c); newsalertd.conf(5) lists them. */
#ifndef NEWSALERTD_DELIVER_RENDER_TEMPLATE_H
#define NEWSALERTD_DELIVER_RENDER_TEMPLATE_H

#include "deliver/render/render.h"

#define TEMPLATE_WHY 200

/* 0, or -1 and what is wrong with it, in words. A template for JSON is rendered with a hostile item, once
 * whole and once with all facts absent, and what comes out must be JSON. */
int template_check(struct text body, const char *content_type, char why[TEMPLATE_WHY]);
int template_render(const struct render_ask *ask, const struct facts *f, struct text body,
                    const char *content_type, struct buf *out);

#endif
