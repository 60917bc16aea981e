# pyexpat: handlers, attributes, buffered text, errors, exceptions out of handlers
from xml.parsers import expat

document = """<?xml version="1.0"?><!DOCTYPE a [<!ELEMENT a (b*)><!ENTITY e "entity">]>
<a x="1" y="2"><!-- note --><b>some &e; text</b><?pi data?><![CDATA[<raw>]]></a>"""


def parser_with(*names, **settings):
    p = expat.ParserCreate(namespace_separator="!")
    for name, value in settings.items():
        setattr(p, name, value)
    for name in names:
        setattr(p, name, lambda *args, name=name: print(name, *args))
    return p


p = parser_with("StartElementHandler", "EndElementHandler", "CharacterDataHandler", "CommentHandler", "ProcessingInstructionHandler",
                "StartCdataSectionHandler", "XmlDeclHandler", "StartDoctypeDeclHandler", "ElementDeclHandler", "EntityDeclHandler", buffer_text=True)
print(p.Parse(document, True))
# expect: XmlDeclHandler 1.0 None -1
# expect: StartDoctypeDeclHandler a None None 1
# expect: ElementDeclHandler a (6, 0, None, ((4, 2, 'b', ()),))
# expect: EntityDeclHandler e 0 entity None None None None
# expect: StartElementHandler a {'x': '1', 'y': '2'}
# expect: CommentHandler  note 
# expect: StartElementHandler b {}
# expect: CharacterDataHandler some entity text
# expect: EndElementHandler b
# expect: ProcessingInstructionHandler pi data
# expect: StartCdataSectionHandler
# expect: CharacterDataHandler <raw>
# expect: EndElementHandler a
# expect: 1

p = parser_with("StartElementHandler", "StartNamespaceDeclHandler", ordered_attributes=True)
p.Parse(b"<r xmlns:n='urn:n' n:k='v' z='w'>", False)
p.Parse(b"<n:c/></r>", True)
# expect: StartNamespaceDeclHandler n urn:n
# expect: StartElementHandler r ['urn:n!k', 'v', 'z', 'w']
# expect: StartElementHandler urn:n!c []

try:
    expat.ParserCreate().Parse("<a><b></a>", True)
except expat.ExpatError as e:
    print(e, e.code == expat.errors.codes[expat.errors.XML_ERROR_TAG_MISMATCH], e.lineno, e.offset)
# expect: mismatched tag: line 1, column 8 True 1 8


def fail(*args):
    raise KeyError("from a handler")


p = expat.ParserCreate()
p.StartElementHandler = fail
try:
    p.Parse("<a><b/></a>", True)
except KeyError as e:
    print(e)  # expect: 'from a handler'

p = expat.ParserCreate()
p.CharacterDataHandler = lambda data: print(ascii(data))
p.Parse("<?xml version='1.0' encoding='iso8859-2'?><a>\xe6</a>".encode("latin-1"), True)  # expect: '\u0107'
