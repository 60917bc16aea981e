/* What int(), float() and complex() accept as text: any decimal digits and white space of Unicode. */
#include "vm/objects/int.h"
#include "vm/objects/str.h"
#include "vm/objects/unicode_data.h"

/* Of ASCII what C calls white space: not the separators 28 to 31, which are in str.isspace(). */
static bool is_space(uint32_t c) { return c < 128 ? c == ' ' || (c >= 9 && c <= 13) : unicode_is_space(c); }

/* `text` stripped of white space, its decimal digits as ASCII digits; the first of other characters beyond ASCII becomes '?', which the
 * parser then refuses, and ends the text. */
Value py_str_to_decimal_ascii(Value text) {
    StrView view = str_view(text);
    size_t start = 0, end = view.length;
    while (start < end && is_space(view_char(&view, start))) start++;
    while (end > start && is_space(view_char(&view, end - 1))) end--;
    if (view.ascii) return start == 0 && end == view.length ? text : py_str_substring(text, start, end);
    PyStrBuilder builder;
    py_builder_init(&builder);
    for (size_t i = start; i < end; i++) {
        uint32_t c = view_char(&view, i);
        int digit = unicode_decimal(c);
        if (digit >= 0) c = (uint32_t)('0' + digit);
        else if (is_space(c)) c = ' ';
        else if (c > 127) c = '?', end = i;
        if (py_builder_char(&builder, c) < 0) return 0;
    }
    return py_builder_finish(&builder);
}
