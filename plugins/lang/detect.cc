#include "detect.h"

#include <cstdio> // which the next one uses and forgets

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

const char *detect_language(const char *text, int len, double *ret_confidence) {
    const CLD2::CLDHints hints = {nullptr, nullptr, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
    CLD2::Language three[3];
    int percent[3], bytes;
    double score[3];
    bool reliable;
    CLD2::Language best = CLD2::ExtDetectLanguageSummary(text, len, true, &hints, 0, three, percent, score,
                                                         nullptr, &bytes, &reliable);
    if (best == CLD2::UNKNOWN_LANGUAGE) return nullptr;
    int share = 0;
    for (int i = 0; i < 3; i++)
        if (three[i] == best) share = percent[i];
    *ret_confidence = (reliable ? share : share / 2.0) / 100;
    return CLD2::LanguageCode(best);
}
