/* Module pyexpat: functions that the library calls while it parses, each for a Python function. The library holds memory meanwhile
 * (vm_c_memory_enter). After an exception the parser is stopped, and what it still calls is ignored. */
#include "vm/exec/safepoint.h"
#include "vm/modules/pyexpat.h"

static Value text(const XML_Char *s, int length) { return s ? py_str_new(s, length < 0 ? strlen(s) : (size_t)length) : VM_NONE; }
static Value whole(const XML_Char *s) { return text(s, -1); }

/* Names come often: each is made once. */
static Value name(Value self, const XML_Char *s) {
    Value v = whole(s), names = xml_of(self)->intern;
    if (!v || v == VM_NONE || names == VM_NONE) return v;
    return py_dict_setdefault(names, v, v);
}

static Value handler_of(Value self, int which) { return py_list_item(xml_of(self)->handlers, which); }

static Value call(Value self, int which, Value args) {
    if (!args || py_error()) return 0;
    vm_c_memory_enter();
    Value result = py_call_kw(handler_of(self, which), args, 0);
    vm_c_memory_leave();
    return result;
}

int xml_flush_text(Value self) {
    Value parts = xml_of(self)->buffer;
    if (!py_list_length(parts)) return 0;
    Value joined = py_str_join(NAME(empty), parts), args = joined ? py_tuple_pack(1, joined) : 0;
    if (!py_call_method(parts, "clear", 0, 0)) return -1;
    SET(xml_of(self), buffered, 0);
    if (handler_of(self, HANDLER_CharacterDataHandler) == VM_NONE) return 0;
    return call(self, HANDLER_CharacterDataHandler, args) ? 0 : -1;
}

/* The body of most callbacks: the handler's result, VM_NONE where it is not called, 0 after an exception. */
#define RUN(which, ...)                                                                                               \
    ParserContext *context = user;                                                                                    \
    Value self = context->self, result = VM_NONE;                                                                     \
    if (!py_error() && handler_of(self, HANDLER_##which) != VM_NONE)                                                  \
        result = xml_flush_text(self) < 0 ? 0 : call(self, HANDLER_##which, py_tuple_pack(__VA_ARGS__));              \
    if (!result) XML_StopParser(context->parser, XML_FALSE)

static Value attributes(ParserContext *context, const XML_Char **pairs) {
    Value self = context->self;
    bool ordered = xml_of(self)->ordered;
    int count = 0;
    while (pairs[count]) count += 2;
    if (xml_of(self)->specified) count = XML_GetSpecifiedAttributeCount(context->parser);
    Value all = ordered ? py_list_new(0) : py_dict_new();
    for (int i = 0; all && i < count; i += 2) {
        Value key = name(self, pairs[i]), value = whole(pairs[i + 1]);
        if (!key || !value) return 0;
        if (ordered ? py_list_append(all, key) < 0 || py_list_append(all, value) < 0 : py_dict_set(all, key, value) < 0) return 0;
    }
    return all;
}
static void start_element(void *user, const XML_Char *tag, const XML_Char **pairs) {
    RUN(StartElementHandler, 2, name(self, tag), attributes(context, pairs));
}
static void end_element(void *user, const XML_Char *tag) { RUN(EndElementHandler, 1, name(self, tag)); }

/* Text in pieces, as the library gives it, or gathered up to buffer_size characters. */
static void character_data(void *user, const XML_Char *s, int length) {
    ParserContext *context = user;
    Value self = context->self, piece = py_error() ? 0 : text(s, length);
    if (!piece || handler_of(self, HANDLER_CharacterDataHandler) == VM_NONE) return;
    int status = 0;
    if (!GET(xml_of(self), buffer_text)) {
        status = call(self, HANDLER_CharacterDataHandler, py_tuple_pack(1, piece)) ? 0 : -1;
    } else {
        if ((int64_t)GET(xml_of(self), buffered) + length > (int64_t)GET(xml_of(self), buffer_size)) status = xml_flush_text(self);
        if (status == 0) status = py_list_append(xml_of(self)->buffer, piece);
        SET(xml_of(self), buffered, GET(xml_of(self), buffered) + (uint64_t)length);
    }
    if (status < 0) XML_StopParser(context->parser, XML_FALSE);
}
static void processing_instruction(void *user, const XML_Char *target, const XML_Char *data) { RUN(ProcessingInstructionHandler, 2, name(self, target), whole(data)); }
static void comment(void *user, const XML_Char *data) { RUN(CommentHandler, 1, whole(data)); }
static void start_cdata(void *user) { RUN(StartCdataSectionHandler, 0); }
static void end_cdata(void *user) { RUN(EndCdataSectionHandler, 0); }
static void start_namespace(void *user, const XML_Char *prefix, const XML_Char *uri) { RUN(StartNamespaceDeclHandler, 2, name(self, prefix), name(self, uri)); }
static void end_namespace(void *user, const XML_Char *prefix) { RUN(EndNamespaceDeclHandler, 1, name(self, prefix)); }
static void default_data(void *user, const XML_Char *s, int length) { RUN(DefaultHandler, 1, text(s, length)); }
static void default_expand(void *user, const XML_Char *s, int length) { RUN(DefaultHandlerExpand, 1, text(s, length)); }
static void start_doctype(void *user, const XML_Char *tag, const XML_Char *system, const XML_Char *public, int internal) {
    RUN(StartDoctypeDeclHandler, 4, name(self, tag), name(self, system), name(self, public), int_make(internal));
}
static void end_doctype(void *user) { RUN(EndDoctypeDeclHandler, 0); }
static void xml_declaration(void *user, const XML_Char *version, const XML_Char *encoding, int standalone) {
    RUN(XmlDeclHandler, 3, whole(version), whole(encoding), int_make(standalone));
}
static Value model_value(Value self, const XML_Content *m) {
    if (py_enter_recursion(" in conv_content_model") < 0) return 0;
    Value children = py_list_new(0);
    for (unsigned i = 0; children && i < m->numchildren; i++) {
        Value child = model_value(self, &m->children[i]);
        if (!child || py_list_append(children, child) < 0) children = 0;
    }
    py_leave_recursion();
    return children ? py_tuple_pack(4, int_make(m->type), int_make(m->quant), name(self, m->name), py_list_to_tuple(children)) : 0;
}
static void element_declaration(void *user, const XML_Char *tag, XML_Content *model) {
    RUN(ElementDeclHandler, 2, name(self, tag), model_value(self, model));
    XML_FreeContentModel(context->parser, model);
}
static void attlist(void *user, const XML_Char *element, const XML_Char *attribute, const XML_Char *type, const XML_Char *value, int required) {
    RUN(AttlistDeclHandler, 5, name(self, element), name(self, attribute), whole(type), whole(value), int_make(required));
}
static void entity(void *user, const XML_Char *tag, int parameter, const XML_Char *value, int length, const XML_Char *base, const XML_Char *system,
                   const XML_Char *public, const XML_Char *notation) {
    RUN(EntityDeclHandler, 7, name(self, tag), int_make(parameter), text(value, length), name(self, base), name(self, system), name(self, public), name(self, notation));
}
static void notation(void *user, const XML_Char *tag, const XML_Char *base, const XML_Char *system, const XML_Char *public) {
    RUN(NotationDeclHandler, 4, name(self, tag), name(self, base), name(self, system), name(self, public));
}
static void unparsed(void *user, const XML_Char *tag, const XML_Char *base, const XML_Char *system, const XML_Char *public, const XML_Char *of) {
    RUN(UnparsedEntityDeclHandler, 5, name(self, tag), name(self, base), name(self, system), name(self, public), name(self, of));
}
static int as_status(Value result) {
    int64_t number = 0;
    if (result && py_is_int(result) && py_int_as_i64(result, &number) != 0) number = 1;
    return (int)number;
}
static int not_standalone(void *user) {
    RUN(NotStandaloneHandler, 0);
    return result == VM_NONE ? 1 : as_status(result);
}
/* The library hands over the parser in the user data's place. */
static int external_entity(XML_Parser parser, const XML_Char *names, const XML_Char *base, const XML_Char *system, const XML_Char *public) {
    void *user = XML_GetUserData(parser);
    RUN(ExternalEntityRefHandler, 4, whole(names), name(self, base), name(self, system), name(self, public));
    return as_status(result);
}
static void skipped_entity(void *user, const XML_Char *tag, int parameter) { RUN(SkippedEntityHandler, 2, name(self, tag), int_make(parameter)); }

#define INSTALL(setter, which, function) setter(parser, handler_of(self, HANDLER_##which) == VM_NONE ? 0 : function)
void xml_install(XML_Parser parser, Value self) {
    INSTALL(XML_SetStartElementHandler, StartElementHandler, start_element);
    INSTALL(XML_SetEndElementHandler, EndElementHandler, end_element);
    INSTALL(XML_SetCharacterDataHandler, CharacterDataHandler, character_data);
    INSTALL(XML_SetProcessingInstructionHandler, ProcessingInstructionHandler, processing_instruction);
    INSTALL(XML_SetCommentHandler, CommentHandler, comment);
    INSTALL(XML_SetStartCdataSectionHandler, StartCdataSectionHandler, start_cdata);
    INSTALL(XML_SetEndCdataSectionHandler, EndCdataSectionHandler, end_cdata);
    INSTALL(XML_SetStartNamespaceDeclHandler, StartNamespaceDeclHandler, start_namespace);
    INSTALL(XML_SetEndNamespaceDeclHandler, EndNamespaceDeclHandler, end_namespace);
    /* either says whether entities are expanded, also where it takes the handler away */
    if (handler_of(self, HANDLER_DefaultHandler) != VM_NONE) XML_SetDefaultHandler(parser, default_data);
    else INSTALL(XML_SetDefaultHandlerExpand, DefaultHandlerExpand, default_expand);
    INSTALL(XML_SetStartDoctypeDeclHandler, StartDoctypeDeclHandler, start_doctype);
    INSTALL(XML_SetEndDoctypeDeclHandler, EndDoctypeDeclHandler, end_doctype);
    INSTALL(XML_SetXmlDeclHandler, XmlDeclHandler, xml_declaration);
    INSTALL(XML_SetElementDeclHandler, ElementDeclHandler, element_declaration);
    INSTALL(XML_SetAttlistDeclHandler, AttlistDeclHandler, attlist);
    INSTALL(XML_SetEntityDeclHandler, EntityDeclHandler, entity);
    INSTALL(XML_SetNotationDeclHandler, NotationDeclHandler, notation);
    INSTALL(XML_SetUnparsedEntityDeclHandler, UnparsedEntityDeclHandler, unparsed);
    INSTALL(XML_SetNotStandaloneHandler, NotStandaloneHandler, not_standalone);
    INSTALL(XML_SetExternalEntityRefHandler, ExternalEntityRefHandler, external_entity);
    INSTALL(XML_SetSkippedEntityHandler, SkippedEntityHandler, skipped_entity);
}
