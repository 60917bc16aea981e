/* Module pyexpat: XML parsing by libexpat. Parsers are C memory of the library, by number in native_table.h; whatever calls it is inevitable
 * first. What it calls back is in pyexpat_handlers.c. */
#include "vm/modules/pyexpat.h"
#include "vm/modules/native_table.h"
#include "vm/modules/posix.h"
#include "vm/runtime.h"
#include <stdlib.h>

MODULE_EXCEPTION(expat_error, 0, "xml.parsers.expat");

static void enter(void) { VM_C_SAFEPOINT(stm_become_inevitable("expat")); }
static XML_Parser parser_of(Value self) { return native_at(GET(xml_of(self), parser)); }

/* ---- making ------------------------------------------------------------------------------------------------------------------ */

/* An encoding that the library does not know: one of a byte a character, by the codec. */
static int unknown_encoding(void *data, const XML_Char *name, XML_Encoding *encoding) {
    (void)data;
    char bytes[256];
    for (int i = 0; i < 256; i++) bytes[i] = (char)i;
    vm_c_memory_enter();
    Value text = py_error() ? 0 : py_decode(bytes, sizeof bytes, name, "replace");
    vm_c_memory_leave();
    if (!text) return XML_STATUS_ERROR;
    if (REF(PyStr, text)->length != 256) return py_raise(TYPE_ValueError, "multi-byte encodings are not supported"), XML_STATUS_ERROR;
    for (int i = 0; i < 256; i++) {
        uint32_t c = str_char(str_data(text), REF(PyStr, text)->width, (size_t)i);
        encoding->map[i] = c == 0xfffd ? -1 : (int)c;
    }
    encoding->data = 0;
    encoding->convert = 0;
    encoding->release = 0;
    return XML_STATUS_OK;
}

static Value parser_new(XML_Parser parser, Value intern, Value parent) {
    Value self = parser ? py_alloc_id(TYPE_XML_PARSER, 0) : py_raise_memory(), handlers = self ? py_list_new(HANDLER_COUNT) : 0;
    Value buffer = handlers ? py_list_new(0) : 0;
    size_t number = buffer ? native_add(parser) : 0;
    if (!number) {
        if (parser) XML_ParserFree(parser);
        return py_error() ? 0 : py_raise_memory();
    }
    gc_finalizer_register(self);
    XmlParser GS *x = xml_of(self);
    x->parser = number;
    x->buffer_size = 8192;
    x->handlers = handlers;
    x->buffer = buffer;
    x->intern = intern;
    x->parent = parent;
    XML_SetUnknownEncodingHandler(parser, unknown_encoding, 0);
    return self;
}

static int short_text(Value v, const char *function, const char *argument, char out[256]) {
    if (!py_is_str(v)) return py_raise_int(TYPE_TypeError, "%s() argument '%s' must be str or None, not %T", function, argument, v);
    const char *utf8 = py_str_utf8(v, 0);
    if (!utf8) return -1;
    snprintf(out, 256, "%s", utf8);
    return 0;
}
FUNCTION(expat_parser_create) {
    char encoding[256] = "", separator[256] = "";
    bool has_encoding = args[0] && args[0] != VM_NONE, has_separator = args[1] && args[1] != VM_NONE;
    if ((has_encoding && short_text(args[0], "ParserCreate", "encoding", encoding) < 0) ||
        (has_separator && short_text(args[1], "ParserCreate", "namespace_separator", separator) < 0))
        return 0;
    if (strlen(separator) > 1) return py_raise(TYPE_ValueError, "namespace_separator must be at most one character, omitted, or None");
    Value intern = !args[2] ? py_dict_new() : args[2];
    if (!intern) return 0;
    if (intern != VM_NONE && !py_is_dict(intern)) return py_raise(TYPE_TypeError, "intern must be a dictionary");
    enter();
    return parser_new(XML_ParserCreate_MM(has_encoding ? encoding : 0, 0, has_separator ? separator : 0), intern, VM_NONE);
}
FUNCTION(xml_external_create) {
    char context[256] = "", encoding[256] = "";
    bool has_context = args[1] != VM_NONE, has_encoding = args[2] && args[2] != VM_NONE;
    if ((has_context && short_text(args[1], "ExternalEntityParserCreate", "context", context) < 0) ||
        (has_encoding && short_text(args[2], "ExternalEntityParserCreate", "encoding", encoding) < 0))
        return 0;
    enter();
    XmlParser GS *from = xml_of(args[0]);
    XML_Parser made = XML_ExternalEntityParserCreate(parser_of(args[0]), has_context ? context : 0, has_encoding ? encoding : 0);
    Value self = parser_new(made, from->intern, args[0]);
    if (!self) return 0;
    XmlParser GS *x = xml_of(self);
    x->ordered = GET(from, ordered), x->specified = GET(from, specified), x->prefixes = GET(from, prefixes);
    x->buffer_text = GET(from, buffer_text), x->buffer_size = GET(from, buffer_size);
    for (int i = 0; i < HANDLER_COUNT; i++) py_list_set_item(x->handlers, i, py_list_item(from->handlers, i));
    xml_install(made, self);
    return self;
}
FUNCTION(xml_del) {
    enter();
    XML_Parser parser = native_remove(GET(xml_of(args[0]), parser));
    SET(xml_of(args[0]), parser, 0);
    if (parser) XML_ParserFree(parser);
    return VM_NONE;
}

/* ---- parsing --------------------------------------------------------------------------------------------------------------------- */

static Value raise_error(XML_Parser parser, enum XML_Error code) {
    int64_t line = (int64_t)XML_GetErrorLineNumber(parser), column = (int64_t)XML_GetErrorColumnNumber(parser);
    Value message = py_str_format("%s: line %ld, column %ld", XML_ErrorString(code), (long)line, (long)column);
    Value error = message ? py_call1(py_type(TYPE_EXPAT_ERROR), message) : 0;
    if (!error || py_setattr(error, py_intern_c("code"), int_make(code)) < 0 || py_setattr(error, py_intern_c("offset"), int_make(column)) < 0 ||
        py_setattr(error, py_intern_c("lineno"), int_make(line)) < 0)
        return 0;
    return py_raise_object(error);
}

static Value parse(Value self, const uint8_t *data, size_t length, bool final) {
    ParserContext context = {self, parser_of(self)};
    XML_SetUserData(context.parser, &context);
    int status = XML_STATUS_OK;
    vm_c_memory_enter();
    do {
        size_t n = length > 1 << 20 ? 1 << 20 : length;
        length -= n;
        status = XML_Parse(context.parser, (const char *)data, (int)n, final && !length);
        data += n;
    } while (length && status == XML_STATUS_OK && !py_error());
    bool good = !py_error() && xml_flush_text(self) == 0;
    vm_c_memory_leave();
    if (!good) return 0;
    return status == XML_STATUS_ERROR ? raise_error(context.parser, XML_GetErrorCode(context.parser)) : int_make(status);
}
FUNCTION(xml_parse) {
    int final = args[2] ? py_truth(args[2]) : 0;
    FlatBytes data;
    bool is_text = py_is_str(args[1]);
    Value bytes = is_text ? py_encode(args[1], "utf-8", "strict") : args[1];
    enter();
    if (final < 0 || !bytes || flat_bytes(&data, bytes) < 0) return 0;
    if (is_text) XML_SetEncoding(parser_of(args[0]), "utf-8");
    Value result = parse(args[0], data.data, data.length, final);
    flat_bytes_free(&data);
    return result;
}
FUNCTION(xml_parse_file) {
    for (;;) {
        Value size = int_make(4096), bytes = py_call_method(args[1], "read", 1, &size);
        if (!bytes) return 0;
        if (!py_is_bytes(bytes)) {
            if (!vm_type_of(bytes)->slots->get_buffer) return py_raise(TYPE_TypeError, "read() did not return a bytes object (type=%T)", bytes);
            if (!(bytes = py_call1(py_type(TYPE_BYTES), bytes))) return 0;
        }
        bool end = REF(PyBytes, bytes)->length == 0;
        const Value again[] = {args[0], bytes, vm_bool(end)};
        Value result = xml_parse(again, 3, 0);
        if (!result || end) return result;
    }
}

/* ---- settings ------------------------------------------------------------------------------------------------------------------------ */

FUNCTION(xml_set_base) {
    char base[256];
    if (short_text(args[1], "SetBase", "base", base) < 0) return 0;
    enter();
    return XML_SetBase(parser_of(args[0]), base) ? VM_NONE : py_raise_memory();
}
FUNCTION(xml_get_base) {
    enter();
    const char *base = XML_GetBase(parser_of(args[0]));
    return base ? py_str_c(base) : VM_NONE;
}
FUNCTION(xml_input_context) {
    int offset, size;
    enter();
    const char *text = XML_GetInputContext(parser_of(args[0]), &offset, &size);
    return text ? py_bytes_new(text + offset, (size_t)(size - offset)) : VM_NONE;
}
FUNCTION(xml_param_entities) {
    int flag;
    if (int_argument(args[1], &flag) < 0) return 0;
    enter();
    return int_make(XML_SetParamEntityParsing(parser_of(args[0]), (enum XML_ParamEntityParsing)flag));
}
FUNCTION(xml_foreign_dtd) {
    int flag = args[1] ? py_truth(args[1]) : 1;
    if (flag < 0) return 0;
    enter();
    enum XML_Error code = XML_UseForeignDTD(parser_of(args[0]), flag ? XML_TRUE : XML_FALSE);
    return code == XML_ERROR_NONE ? VM_NONE : raise_error(parser_of(args[0]), code);
}

static int set_handler(Value self, int which, Value value) {
    if (!value) return py_raise_int(TYPE_RuntimeError, "Cannot delete attribute");
    enter();
    if (which == HANDLER_CharacterDataHandler && xml_flush_text(self) < 0) return -1;
    py_list_set_item(xml_of(self)->handlers, which, value);
    xml_install(parser_of(self), self);
    return 0;
}
#define HANDLER(name)                                                                                                 \
    static Value get_##name(Value self) { return py_list_item(xml_of(self)->handlers, HANDLER_##name); }              \
    static int set_##name(Value self, Value value) { return set_handler(self, HANDLER_##name, value); }
#include "vm/modules/pyexpat.tbl"
#undef HANDLER

#define FLAG(field, extra)                                                                                            \
    static Value get_##field(Value self) { return vm_bool(GET(xml_of(self), field)); }                                \
    static int set_##field(Value self, Value value) {                                                                 \
        int on = value ? py_truth(value) : py_raise_int(TYPE_RuntimeError, "Cannot delete attribute");                \
        if (on < 0) return -1;                                                                                        \
        enter();                                                                                                      \
        extra;                                                                                                        \
        SET(xml_of(self), field, (uint64_t)on);                                                                       \
        return 0;                                                                                                     \
    }
FLAG(ordered, (void)0)
FLAG(specified, (void)0)
FLAG(prefixes, XML_SetReturnNSTriplet(parser_of(self), on))
FLAG(buffer_text, if (!on && xml_flush_text(self) < 0) return -1)

static Value get_buffer_size(Value self) { return int_make((int64_t)GET(xml_of(self), buffer_size)); }
static int set_buffer_size(Value self, Value value) {
    if (!value) return py_raise_int(TYPE_RuntimeError, "Cannot delete attribute");
    if (!py_is_int(value)) return py_raise_int(TYPE_TypeError, "buffer_size must be an integer");
    int64_t size = py_index_int64(value, "OverflowError");
    if (size == -1 && py_error()) return -1;
    if (size <= 0) return py_raise_int(TYPE_ValueError, "buffer_size must be greater than zero");
    if (size > INT32_MAX) return py_raise_int(TYPE_ValueError, "buffer_size must not be greater than %i", INT32_MAX);
    enter();
    if (xml_flush_text(self) < 0) return -1;
    SET(xml_of(self), buffer_size, (uint64_t)size);
    return 0;
}
static Value get_buffer_used(Value self) { return int_make((int64_t)GET(xml_of(self), buffered)); }
static Value get_intern(Value self) { return xml_of(self)->intern; }
#define PLACE(name, call)                                                                                             \
    static Value get_##name(Value self) {                                                                             \
        enter();                                                                                                      \
        return int_make((int64_t)call(parser_of(self)));                                                              \
    }
PLACE(ErrorCode, XML_GetErrorCode)
PLACE(ErrorLineNumber, XML_GetErrorLineNumber)
PLACE(ErrorColumnNumber, XML_GetErrorColumnNumber)
PLACE(ErrorByteIndex, XML_GetErrorByteIndex)
PLACE(CurrentLineNumber, XML_GetCurrentLineNumber)
PLACE(CurrentColumnNumber, XML_GetCurrentColumnNumber)
PLACE(CurrentByteIndex, XML_GetCurrentByteIndex)

static const PyGetSetDef parser_getsets[] = {
#define HANDLER(name) {#name, get_##name, set_##name, 0},
#include "vm/modules/pyexpat.tbl"
#undef HANDLER
#define READ(name) {#name, get_##name, 0, 0}
    READ(ErrorCode), READ(ErrorLineNumber), READ(ErrorColumnNumber), READ(ErrorByteIndex), READ(CurrentLineNumber), READ(CurrentColumnNumber),
    READ(CurrentByteIndex), READ(intern), {"buffer_used", get_buffer_used, 0, 0}, {"buffer_size", get_buffer_size, set_buffer_size, 0},
    {"buffer_text", get_buffer_text, set_buffer_text, 0}, {"namespace_prefixes", get_prefixes, set_prefixes, 0},
    {"ordered_attributes", get_ordered, set_ordered, 0}, {"specified_attributes", get_specified, set_specified, 0}, {0}};
static const PyMethodDef parser_methods[] = {
    {"Parse", "($self, data, isfinal=False, /)", xml_parse, 0, "Parse XML data."},
    {"ParseFile", "($self, file, /)", xml_parse_file, 0, "Parse XML data from file-like object."},
    {"SetBase", "($self, base, /)", xml_set_base, 0, "Set the base URL for the parser."},
    {"GetBase", "($self, /)", xml_get_base, 0, "Return base URL string for the parser."},
    {"GetInputContext", "($self, /)", xml_input_context, 0, "Return the untranslated text of the input that caused the current event."},
    {"ExternalEntityParserCreate", "($self, context, encoding=None, /)", xml_external_create, 0, "Create a parser for parsing an external entity based on the information passed to the ExternalEntityRefHandler."},
    {"SetParamEntityParsing", "($self, flag, /)", xml_param_entities, 0, "Controls parsing of parameter entities (including the external DTD subset)."},
    {"UseForeignDTD", "($self, flag=True, /)", xml_foreign_dtd, 0, "Allows the application to provide an artificial external subset if one is not specified as part of the document instance."},
    {"__del__", "($self, /)", xml_del, 0, 0},
    {0}};
const PyTypeSpec py_spec_xml_parser = {.doc = "XML parser", .methods = parser_methods, .getsets = parser_getsets, .raw_words = 8, .module = "pyexpat"};

/* ---- the module ------------------------------------------------------------------------------------------------------------------------ */

FUNCTION(expat_error_string) {
    int code;
    if (int_argument(args[0], &code) < 0) return 0;
    const char *text = XML_ErrorString((enum XML_Error)code);
    return text ? py_str_c(text) : VM_NONE;
}
static const PyMethodDef expat_functions[] = {
    {"ParserCreate", "($module, /, encoding=None, namespace_separator=None, intern=<unrepresentable>)", expat_parser_create, 0, "Return a new XML parser object."},
    {"ErrorString", "($module, code, /)", expat_error_string, 0, "Returns string error for given number."},
    {0}};

#define C CONSTANT
static const IntConstant model_constants[] = {C(XML_CTYPE_EMPTY), C(XML_CTYPE_ANY), C(XML_CTYPE_MIXED), C(XML_CTYPE_NAME), C(XML_CTYPE_CHOICE), C(XML_CTYPE_SEQ),
                                              C(XML_CQUANT_NONE), C(XML_CQUANT_OPT), C(XML_CQUANT_REP), C(XML_CQUANT_PLUS)};
static const IntConstant errors[] = {
    C(XML_ERROR_NO_MEMORY), C(XML_ERROR_SYNTAX), C(XML_ERROR_NO_ELEMENTS), C(XML_ERROR_INVALID_TOKEN), C(XML_ERROR_UNCLOSED_TOKEN), C(XML_ERROR_PARTIAL_CHAR),
    C(XML_ERROR_TAG_MISMATCH), C(XML_ERROR_DUPLICATE_ATTRIBUTE), C(XML_ERROR_JUNK_AFTER_DOC_ELEMENT), C(XML_ERROR_PARAM_ENTITY_REF),
    C(XML_ERROR_UNDEFINED_ENTITY), C(XML_ERROR_RECURSIVE_ENTITY_REF), C(XML_ERROR_ASYNC_ENTITY), C(XML_ERROR_BAD_CHAR_REF),
    C(XML_ERROR_BINARY_ENTITY_REF), C(XML_ERROR_ATTRIBUTE_EXTERNAL_ENTITY_REF), C(XML_ERROR_MISPLACED_XML_PI), C(XML_ERROR_UNKNOWN_ENCODING),
    C(XML_ERROR_INCORRECT_ENCODING), C(XML_ERROR_UNCLOSED_CDATA_SECTION), C(XML_ERROR_EXTERNAL_ENTITY_HANDLING), C(XML_ERROR_NOT_STANDALONE),
    C(XML_ERROR_UNEXPECTED_STATE), C(XML_ERROR_ENTITY_DECLARED_IN_PE), C(XML_ERROR_FEATURE_REQUIRES_XML_DTD), C(XML_ERROR_CANT_CHANGE_FEATURE_ONCE_PARSING),
    C(XML_ERROR_UNBOUND_PREFIX), C(XML_ERROR_UNDECLARING_PREFIX), C(XML_ERROR_INCOMPLETE_PE), C(XML_ERROR_XML_DECL), C(XML_ERROR_TEXT_DECL), C(XML_ERROR_PUBLICID),
    C(XML_ERROR_SUSPENDED), C(XML_ERROR_NOT_SUSPENDED), C(XML_ERROR_ABORTED), C(XML_ERROR_FINISHED), C(XML_ERROR_SUSPEND_PE),
    C(XML_ERROR_RESERVED_PREFIX_XML), C(XML_ERROR_RESERVED_PREFIX_XMLNS), C(XML_ERROR_RESERVED_NAMESPACE_URI), C(XML_ERROR_INVALID_ARGUMENT),
    C(XML_ERROR_NO_BUFFER), C(XML_ERROR_AMPLIFICATION_LIMIT_BREACH)};
static const IntConstant constants[] = {C(XML_PARAM_ENTITY_PARSING_NEVER), C(XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE), C(XML_PARAM_ENTITY_PARSING_ALWAYS)};
#undef C

static Value submodule(Value module, const char *name, const char *full_name) {
    Value sub = py_module_new(py_intern_c(full_name));
    return sub && py_module_add(module, name, sub) == 0 && py_dict_set_c(vm_runtime.modules, full_name, sub) == 0 ? sub : 0;
}
/* errors.XML_ERROR_X is a text; errors.codes and errors.messages lead from it to the number and back. */
static int add_errors(Value module) {
    Value sub = submodule(module, "errors", "pyexpat.errors"), codes = sub ? py_dict_new() : 0, messages = codes ? py_dict_new() : 0;
    for (size_t i = 0; messages && i < sizeof errors / sizeof *errors; i++) {
        Value text = py_str_c(XML_ErrorString((enum XML_Error)errors[i].value)), code = int_make(errors[i].value);
        if (!text || py_module_add(sub, errors[i].name, text) < 0 || py_dict_set(codes, text, code) < 0 || py_dict_set(messages, code, text) < 0) return -1;
    }
    return messages && py_module_add(sub, "codes", codes) == 0 ? py_module_add(sub, "messages", messages) : -1;
}
static int pyexpat_init(Value module) {
    Value model = submodule(module, "model", "pyexpat.model"), features = py_list_new(0);
    XML_Expat_Version v = XML_ExpatVersionInfo();
    for (const XML_Feature *f = XML_GetFeatureList(); features && f->feature != XML_FEATURE_END; f++)
        if (py_list_append(features, py_tuple_pack(2, py_str_c(f->name), int_make(f->value))) < 0) return -1;
    return !model || ADD_CONSTANTS(model, model_constants) < 0 || add_errors(module) < 0 || ADD_CONSTANTS(module, constants) < 0 ||
                   py_module_add(module, "EXPAT_VERSION", py_str_c(XML_ExpatVersion())) < 0 || py_module_add(module, "features", features) < 0 ||
                   py_module_add(module, "version_info", py_tuple_pack(3, int_make(v.major), int_make(v.minor), int_make(v.micro))) < 0 ||
                   py_module_add(module, "native_encoding", py_intern_c("UTF-8")) < 0 || py_module_add(module, "XMLParserType", py_type(TYPE_XML_PARSER)) < 0 ||
                   py_module_add(module, "ExpatError", py_type(TYPE_EXPAT_ERROR)) < 0 || py_module_add(module, "error", py_type(TYPE_EXPAT_ERROR)) < 0
               ? -1
               : 0;
}
const PyModuleDef py_module_pyexpat = {.doc = "Python wrapper for Expat parser.", .functions = expat_functions, .init = pyexpat_init};
