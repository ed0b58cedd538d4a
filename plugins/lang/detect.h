/* The language of a text, by CLD2 (Compact Language Detector 2, a library of C++). The one file of this
 * plugin that sees C++ is detect.cc. Any thread. */
#ifndef NEWSALERTD_PLUGIN_LANG_DETECT_H
#define NEWSALERTD_PLUGIN_LANG_DETECT_H

#ifdef __cplusplus
extern "C" {
#endif

/* The language's tag (static, as CLD2 writes it: "en", "zh-Hant", "iw"), or NULL: it cannot be told. The text
 * must be UTF-8. *ret_confidence 0 … 1: how much of the text speaks for it, half of that where CLD2 itself
 * does not call its answer reliable. */
const char *detect_language(const char *text, int len, double *ret_confidence);

#ifdef __cplusplus
}
#endif

#endif
