/* Objects of module _sre, between sre.c, sre_pattern.c and sre_object_match.c. */
#ifndef VM_MODULES_SRE_OBJECT_H
#define VM_MODULES_SRE_OBJECT_H

#include "vm/modules/layouts.h"
#include "vm/modules/sre/sre.h"
#include "vm/vm.h"

#define SRE_METHOD(name)                                                                                              \
    static Value name(const Value *args __attribute__((unused)), size_t nargs __attribute__((unused)),                \
                      Value kwnames __attribute__((unused)))

uint64_t sre_program_register(SreProgram *program); /* its number; never freed */
const SreProgram *sre_program(uint64_t number);
/* [start, end) of a str or bytes-like string, as str or bytes. */
Value sre_slice(Value string, int64_t start, int64_t end);
Value match_new(Value pattern, Value string, int64_t pos, int64_t endpos, const SreMatch *m);
int64_t match_mark(Value match, int64_t i); /* start of group g: 2g; end: 2g + 1; -1 */
Value match_group(Value match, int64_t group, Value fallback);

#endif
