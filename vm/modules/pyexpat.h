/* Parts of module pyexpat: the parser object (pyexpat.c) and what the library calls (pyexpat_handlers.c). */
#ifndef VM_MODULES_PYEXPAT_H
#define VM_MODULES_PYEXPAT_H

#include "vm/modules/layouts.h"
#include "vm/modules/module.h"
#include <expat.h>

enum {
#define HANDLER(name) HANDLER_##name,
#include "vm/modules/pyexpat.tbl"
#undef HANDLER
    HANDLER_COUNT
};

/* While the library parses: on the C stack, where the collector sees it. The library's user data. */
typedef struct ParserContext {
    Value self;
    XML_Parser parser;
} ParserContext;

static inline XmlParser GS *xml_of(Value v) { return REF(XmlParser, v); }
void xml_install(XML_Parser parser, Value self); /* tell the library which handlers there are */
int xml_flush_text(Value self);                  /* buffered character data to its handler; 0 or -1 */

#endif
