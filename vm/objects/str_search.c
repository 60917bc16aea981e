/* str_search.c -- finding one text in another.
 *
 * A single character is searched by memchr where the widths allow. Longer needles start with a scan
 * for their first character (memchr again) that gives up when the comparisons behind it have cost
 * more than the scanning, and then goes on with the two-way algorithm (Crochemore, Perrin:
 * "Two-way string-matching", 1991), which is linear in the haystack and needs no memory. */
#define _GNU_SOURCE /* memrchr */
#include "vm/objects/str.h"

bool flat_equal_at(const StrView *hay, size_t at, const StrView *needle) {
    if (hay->width == needle->width)
        return !memcmp((const char *)hay->data + at * hay->width, needle->data,
                       needle->length * needle->width);
    for (size_t i = 0; i < needle->length; i++)
        if (view_char(hay, at + i) != view_char(needle, i)) return false;
    return true;
}

/* ---- one character -------------------------------------------------------------------------- */

int64_t flat_find_char(const StrView *hay, uint32_t c, size_t start, size_t end) {
    if (start >= end) return -1;
    if (hay->width == 1) {
        const uint8_t *data = hay->data;
        const uint8_t *at = c < 256 ? memchr(data + start, (int)c, end - start) : 0;
        return at ? at - data : -1;
    }
    if (hay->width == 2) {
        const uint16_t *data = hay->data;
        for (size_t i = start; i < end; i++)
            if (data[i] == c) return (int64_t)i;
        return -1;
    }
    const uint32_t *data = hay->data;
    for (size_t i = start; i < end; i++)
        if (data[i] == c) return (int64_t)i;
    return -1;
}

int64_t flat_rfind_char(const StrView *hay, uint32_t c, size_t start, size_t end) {
    if (hay->width == 1) {
        if (c > 255 || start >= end) return -1;
        const uint8_t *data = hay->data, *at = memrchr(data + start, (int)c, end - start);
        return at ? at - data : -1;
    }
    for (size_t i = end; i > start; i--)
        if (view_char(hay, i - 1) == c) return (int64_t)i - 1;
    return -1;
}

/* ---- two-way -------------------------------------------------------------------------------- */

/* The start of the needle's maximal suffix under <, or under > if `reversed`; *period is the
 * suffix's period. */
static size_t maximal_suffix(const StrView *needle, bool reversed, size_t *period) {
    size_t suffix = 0, at = 1, k = 0, p = 1, n = needle->length;
    while (at + k < n) {
        uint32_t a = view_char(needle, at + k), b = view_char(needle, suffix + k);
        if (a == b) {
            if (++k == p) {
                at += p;
                k = 0;
            }
        } else if (reversed ? a > b : a < b) {
            at += k + 1;
            k = 0;
            p = at - suffix;
        } else {
            suffix = at++;
            k = 0;
            p = 1;
        }
    }
    *period = p;
    return suffix;
}

static int64_t find_two_way(const StrView *hay, const StrView *needle, size_t start, size_t end) {
    size_t n = needle->length, period, other_period;
    size_t cut = maximal_suffix(needle, false, &period);
    size_t other = maximal_suffix(needle, true, &other_period);
    if (other > cut) {
        cut = other;
        period = other_period;
    }
    bool periodic = cut + period <= n;
    for (size_t i = 0; periodic && i < cut; i++)
        periodic = view_char(needle, i) == view_char(needle, i + period);
    if (!periodic) period = (cut > n - cut ? cut : n - cut) + 1;
    size_t known = 0; /* characters of the needle's start that are known to match (periodic only) */
    for (size_t at = start; at + n <= end;) {
        size_t i = cut > known ? cut : known;
        while (i < n && view_char(needle, i) == view_char(hay, at + i)) i++;
        if (i < n) {
            at += i - cut + 1;
            known = 0;
            continue;
        }
        size_t j = cut;
        while (j > known && view_char(needle, j - 1) == view_char(hay, at + j - 1)) j--;
        if (j <= known) return (int64_t)at;
        at += period;
        known = periodic ? n - period : 0;
    }
    return -1;
}

/* ---- substrings ----------------------------------------------------------------------------- */

int64_t flat_find(const StrView *hay, const StrView *needle, size_t start, size_t end) {
    size_t n = needle->length;
    if (start > end || end - start < n) return -1;
    if (n == 0) return (int64_t)start;
    if (needle->width > hay->width)
        return -1; /* a canonical needle has a character that hay cannot */
    uint32_t first = view_char(needle, 0);
    if (n == 1) return flat_find_char(hay, first, start, end);
    uint32_t last = view_char(needle, n - 1);
    size_t budget = 256;
    for (size_t at = start; at + n <= end; at++) {
        int64_t found = flat_find_char(hay, first, at, end - n + 1);
        if (found < 0) return -1;
        budget += (size_t)found - at;
        at = (size_t)found;
        if (view_char(hay, at + n - 1) == last) {
            if (flat_equal_at(hay, at, needle)) return found;
            if (budget < n) return find_two_way(hay, needle, at + 1, end);
            budget -= n;
        } else {
            if (budget < 4) return find_two_way(hay, needle, at + 1, end);
            budget -= 4;
        }
    }
    return -1;
}

int64_t flat_rfind(const StrView *hay, const StrView *needle, size_t start, size_t end) {
    size_t n = needle->length;
    if (start > end || end - start < n) return -1;
    if (n == 0) return (int64_t)end;
    if (needle->width > hay->width) return -1;
    uint32_t first = view_char(needle, 0);
    for (size_t stop = end - n + 1; stop > start;) {
        int64_t at = flat_rfind_char(hay, first, start, stop);
        if (at < 0 || flat_equal_at(hay, (size_t)at, needle)) return at;
        stop = (size_t)at;
    }
    return -1;
}

int64_t flat_count(const StrView *hay, const StrView *needle, size_t start, size_t end,
                   int64_t limit) {
    if (start > end) return 0;
    if (needle->length == 0) {
        int64_t gaps = (int64_t)(end - start) + 1;
        return limit >= 0 && limit < gaps ? limit : gaps;
    }
    int64_t count = 0;
    while (count != limit) {
        int64_t at = flat_find(hay, needle, start, end);
        if (at < 0) break;
        count++;
        start = (size_t)at + needle->length;
    }
    return count;
}
