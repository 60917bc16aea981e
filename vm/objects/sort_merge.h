/* A stable merge sort as a template: natural runs, short ones extended by binary insertion, merged
 * by the powersort rule (Munro and Wild, "Nearly-Optimal Mergesorts"), galloping where one run
 * keeps winning. Include with these defined; they are undefined again at the end: SORT_NAME(x) name
 * of the instance's functions SORT_CONTEXT         a type, handed through to the macros as `cx`
 *   SORT_ELEM, SORT_PTR  an element, a pointer to elements
 *   SORT_PUT(cx, p, e)   *p = e
 *   SORT_LESS(cx, a, b)  1, 0, or -1 to give up; may call if the macros' pointers allow it
 *   SORT_STOP(cx)        (0 if not defined) asked before each merge, when `a` has all its elements: give up?
 * SORT_NAME(sort)(cx, a, n, temp) sorts a[0, n) with room for n / 2 + 1 elements at temp. After -1
 * the content of `a` is unspecified. */

enum { SORT_NAME(MIN_RUN) = 24, SORT_NAME(GALLOP) = 7, SORT_NAME(MAX_RUNS) = 66 };

/* How many of base[0, n) belong before `key`: those < key, or with `upper` those <= key. Steps
 * double from the start, or from the end. -1: gave up. */
static int64_t SORT_NAME(search)(SORT_CONTEXT cx, SORT_ELEM key, SORT_PTR base, int64_t n,
                                 bool upper, bool from_end) {
    (void)cx;
    int64_t low = 0, high = n;
    for (int64_t step = 1, probing = 1; low < high;) {
        int64_t i = low + (high - low) / 2;
        if (probing) {
            i = from_end ? high - step : low + step - 1;
            step *= 2;
            if (i < low || i >= high) {
                probing = 0;
                continue;
            }
        }
        int less = upper ? SORT_LESS(cx, key, base[i]) : SORT_LESS(cx, base[i], key);
        if (less < 0) return -1;
        if (upper ? !less : less) {
            low = i + 1;
            if (from_end) probing = 0;
        } else {
            high = i;
            if (!from_end) probing = 0;
        }
    }
    return low;
}

/* Merge a[0, n) with a[n, n + m), the shorter left run copied away. */
static int SORT_NAME(merge_low)(SORT_CONTEXT cx, SORT_PTR a, int64_t n, int64_t m, SORT_PTR temp) {
    int64_t i = 0, j = n, end = n + m, out = 0, streak = 0;
    for (int64_t k = 0; k < n; k++) SORT_PUT(cx, &temp[k], a[k]);
    while (i < n && j < end) {
        int less = SORT_LESS(cx, a[j], temp[i]);
        if (less < 0) return -1;
        if (less) {
            SORT_PUT(cx, &a[out], a[j]);
            out++, j++;
            streak = streak < 0 ? 1 : streak + 1;
        } else {
            SORT_PUT(cx, &a[out], temp[i]);
            out++, i++;
            streak = streak > 0 ? -1 : streak - 1;
        }
        if (i == n || j == end || (streak < SORT_NAME(GALLOP) && streak > -SORT_NAME(GALLOP)))
            continue;
        int64_t count = streak > 0 ? SORT_NAME(search)(cx, temp[i], a + j, end - j, false, false)
                                   : SORT_NAME(search)(cx, a[j], temp + i, n - i, true, false);
        if (count < 0) return -1;
        if (streak > 0)
            for (; count > 0; count--, out++, j++) SORT_PUT(cx, &a[out], a[j]);
        else
            for (; count > 0; count--, out++, i++) SORT_PUT(cx, &a[out], temp[i]);
        streak = 0;
    }
    for (; i < n; i++, out++) SORT_PUT(cx, &a[out], temp[i]);
    return 0;
}

/* The same from the end, the shorter right run copied away. */
static int SORT_NAME(merge_high)(SORT_CONTEXT cx, SORT_PTR a, int64_t n, int64_t m, SORT_PTR temp) {
    int64_t i = n - 1, j = m - 1, out = n + m - 1, streak = 0;
    for (int64_t k = 0; k < m; k++) SORT_PUT(cx, &temp[k], a[n + k]);
    while (i >= 0 && j >= 0) {
        int less = SORT_LESS(cx, temp[j], a[i]);
        if (less < 0) return -1;
        if (less) {
            SORT_PUT(cx, &a[out], a[i]);
            out--, i--;
            streak = streak < 0 ? 1 : streak + 1;
        } else {
            SORT_PUT(cx, &a[out], temp[j]);
            out--, j--;
            streak = streak > 0 ? -1 : streak - 1;
        }
        if (i < 0 || j < 0 || (streak < SORT_NAME(GALLOP) && streak > -SORT_NAME(GALLOP))) continue;
        int64_t keep = streak > 0 ? SORT_NAME(search)(cx, temp[j], a, i + 1, true, true)
                                  : SORT_NAME(search)(cx, a[i], temp, j + 1, false, true);
        if (keep < 0) return -1;
        if (streak > 0)
            for (; i >= keep; i--, out--) SORT_PUT(cx, &a[out], a[i]);
        else
            for (; j >= keep; j--, out--) SORT_PUT(cx, &a[out], temp[j]);
        streak = 0;
    }
    for (; j >= 0; j--, out--) SORT_PUT(cx, &a[out], temp[j]);
    return 0;
}

static int SORT_NAME(merge)(SORT_CONTEXT cx, SORT_PTR a, int64_t n, int64_t m, SORT_PTR temp) {
    int64_t in_place = SORT_NAME(search)(cx, a[n], a, n, true, false);
    if (in_place < 0) return -1;
    a += in_place;
    n -= in_place;
    if (n == 0) return 0;
    m = SORT_NAME(search)(cx, a[n - 1], a + n, m, false, true);
    if (m <= 0) return (int)m;
    return n <= m ? SORT_NAME(merge_low)(cx, a, n, m, temp)
                  : SORT_NAME(merge_high)(cx, a, n, m, temp);
}

/* Length of the run at a[0]; a strictly descending one is reversed. -1: gave up. */
static int64_t SORT_NAME(run)(SORT_CONTEXT cx, SORT_PTR a, int64_t n) {
    (void)cx;
    if (n < 2) return n;
    int descending = SORT_LESS(cx, a[1], a[0]);
    if (descending < 0) return -1;
    int64_t end = 2;
    for (; end < n; end++) {
        int less = SORT_LESS(cx, a[end], a[end - 1]);
        if (less < 0) return -1;
        if (less != descending) break;
    }
    for (int64_t i = 0, j = end - 1; descending && i < j; i++, j--) {
        SORT_ELEM swap = a[i];
        SORT_PUT(cx, &a[i], a[j]);
        SORT_PUT(cx, &a[j], swap);
    }
    return end;
}

static int SORT_NAME(insertion)(SORT_CONTEXT cx, SORT_PTR a, int64_t sorted, int64_t n) {
    for (; sorted < n; sorted++) {
        SORT_ELEM e = a[sorted];
        int64_t low = 0, high = sorted;
        while (low < high) {
            int64_t mid = low + (high - low) / 2;
            int less = SORT_LESS(cx, e, a[mid]);
            if (less < 0) return -1;
            if (less)
                high = mid;
            else
                low = mid + 1;
        }
        for (int64_t i = sorted; i > low; i--) SORT_PUT(cx, &a[i], a[i - 1]);
        SORT_PUT(cx, &a[low], e);
    }
    return 0;
}

/* Depth, in the ideal merge tree over n elements, of the boundary between two neighbouring runs. */
static int SORT_NAME(power)(int64_t start, int64_t n1, int64_t n2, int64_t n) {
    unsigned __int128 a = (unsigned __int128)(2 * start + n1) << 62,
                      b = (unsigned __int128)(2 * start + 2 * n1 + n2) << 62;
    uint64_t x = (uint64_t)(a / (uint64_t)(2 * n)), y = (uint64_t)(b / (uint64_t)(2 * n));
    return __builtin_clzll(x ^ y);
}

#ifndef SORT_STOP
#define SORT_STOP(cx) 0
#endif

static int SORT_NAME(sort)(SORT_CONTEXT cx, SORT_PTR a, int64_t n, SORT_PTR temp) {
    struct {
        int64_t start, length;
        int power;
    } runs[SORT_NAME(MAX_RUNS)];
    int count = 0;
    for (int64_t start = 0; start < n;) {
        int64_t length = SORT_NAME(run)(cx, a + start, n - start);
        if (length < 0) return -1;
        if (length < SORT_NAME(MIN_RUN) && start + length < n) {
            int64_t want = n - start < SORT_NAME(MIN_RUN) ? n - start : SORT_NAME(MIN_RUN);
            if (SORT_NAME(insertion)(cx, a + start, length, want) < 0) return -1;
            length = want;
        }
        int power = 0;
        if (count)
            power = SORT_NAME(power)(runs[count - 1].start, runs[count - 1].length, length, n);
        while (count > 1 && runs[count - 1].power > power) {
            int64_t left = runs[count - 2].start;
            if (SORT_STOP(cx) ||
                SORT_NAME(merge)(cx, a + left, runs[count - 2].length, runs[count - 1].length, temp) < 0)
                return -1;
            runs[count - 2].length += runs[count - 1].length;
            count--;
        }
        runs[count].start = start;
        runs[count].length = length;
        runs[count++].power = power;
        start += length;
    }
    for (; count > 1; count--) {
        int64_t left = runs[count - 2].start;
        if (SORT_STOP(cx) ||
            SORT_NAME(merge)(cx, a + left, runs[count - 2].length, runs[count - 1].length, temp) < 0)
            return -1;
        runs[count - 2].length += runs[count - 1].length;
    }
    return 0;
}

#undef SORT_NAME
#undef SORT_CONTEXT
#undef SORT_ELEM
#undef SORT_PTR
#undef SORT_PUT
#undef SORT_LESS
#undef SORT_STOP
