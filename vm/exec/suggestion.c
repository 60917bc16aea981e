/* "Did you mean: ...?" for misspelt attributes and names: the candidate at the smallest edit distance. */
#include "vm/exec/frame.h"
#include "vm/exec/traceback.h"
#include "vm/objects/str.h"

enum { MOVE_COST = 2, CASE_COST = 1, MAX_LENGTH = 40, MAX_CANDIDATES = 750 };

static unsigned substitution_cost(uint32_t a, uint32_t b) {
    if (a == b) return 0;
    if ((a & 31) != (b & 31)) return MOVE_COST;
    uint32_t x = a >= 'A' && a <= 'Z' ? a + 32 : a, y = b >= 'A' && b <= 'Z' ? b + 32 : b;
    return x == y ? CASE_COST : MOVE_COST;
}

/* Weighted Levenshtein distance, or limit + 1 when it exceeds `limit`. */
static unsigned edit_distance(Value a, Value b, unsigned limit) {
    size_t n = str_length(a), m = str_length(b);
    if (n > MAX_LENGTH || m > MAX_LENGTH) return limit + 1;
    unsigned row[MAX_LENGTH + 1];
    for (size_t j = 0; j <= m; j++) row[j] = (unsigned)j * MOVE_COST;
    for (size_t i = 1; i <= n; i++) {
        unsigned diagonal = row[0], best = row[0] = (unsigned)i * MOVE_COST;
        for (size_t j = 1; j <= m; j++) {
            unsigned substitute = diagonal + substitution_cost(str_at(a, i - 1), str_at(b, j - 1));
            unsigned move = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + MOVE_COST;
            diagonal = row[j];
            row[j] = substitute < move ? substitute : move;
            if (row[j] < best) best = row[j];
        }
        if (best > limit) return limit + 1;
    }
    return row[m];
}

/* The best of a list of names, or 0. */
static Value closest(Value names, Value wrong) {
    int64_t count = py_list_length(names);
    Value best = 0;
    unsigned best_distance = 0;
    if (count >= MAX_CANDIDATES) return 0;
    for (int64_t i = 0; i < count; i++) {
        Value name = py_list_item(names, i);
        if (!py_is_str(name) || py_str_equal(name, wrong)) continue;
        unsigned limit = (unsigned)(str_length(name) + str_length(wrong) + 3) * MOVE_COST / 6;
        if (best && limit > best_distance - 1) limit = best_distance - 1;
        unsigned distance = edit_distance(wrong, name, limit);
        if (distance > limit || (best && distance >= best_distance)) continue;
        best = name;
        best_distance = distance;
    }
    return best;
}

static Value attribute_names_may_call(Value object) {
    Value dir = py_import_attr("builtins", "dir"), names = dir ? py_call1(dir, object) : 0;
    return names && py_is_list(names) ? names : 0;
}

static Value keys_of(Value dict) { return py_is_dict(dict) ? py_dict_keys_list(dict) : 0; }

/* The names that code in the frame where a NameError came from could mean. */
static Value name_suggestion_may_call(Value exception, Value wrong) {
    Value tb = GET(REF(PyException, exception), traceback);
    if (!tb || tb == VM_NONE) return 0;
    while (GET(REF(PyTraceback, tb), next) != VM_NONE) tb = GET(REF(PyTraceback, tb), next);
    Value frame = REF(PyTraceback, tb)->frame;
    static const char *const scopes[] = {"f_locals", "f_globals", "f_builtins"};
    for (int i = 0; i < 3; i++) {
        Value scope = py_getattr_c(frame, scopes[i]), names = scope ? keys_of(scope) : 0;
        Value found = names ? closest(names, wrong) : 0;
        if (found) return found;
    }
    return 0;
}

Value error_suggestion_may_call(Value e) {
    Value found = 0;
    if (py_is_instance_of(e, TYPE_AttributeError)) {
        Value object = GET(REF(PyAttributeError, e), obj), name = GET(REF(PyAttributeError, e), name);
        if (!object || object == VM_NONE || !name || !py_is_str(name)) return 0;
        Value names = attribute_names_may_call(object);
        found = names ? closest(names, name) : 0;
    } else if (py_is_instance_of(e, TYPE_NameError)) {
        Value name = GET(REF(PyNameError, e), name);
        if (name && name != VM_NONE && py_is_str(name)) found = name_suggestion_may_call(e, name);
    }
    py_error_clear();
    return found;
}
