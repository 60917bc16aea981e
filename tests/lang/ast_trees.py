# Module _ast: classes, trees from source and back, what compile() refuses, feature versions, depth.
import ast
import pickle

print(ast.If._fields, ast.If.__match_args__, ast.expr._attributes)  # expect: ('test', 'body', 'orelse') ('test', 'body', 'orelse') ('lineno', 'col_offset', 'end_lineno', 'end_col_offset')
print(ast.arg.__doc__, "/", ast.boolop.__doc__)  # expect: arg(identifier arg, expr? annotation, string? type_comment) / boolop = And | Or
print(ast.Return.value, hasattr(ast.Module(), "body"))  # expect: None False
tree = ast.parse("async def f(a, /, *b: int, c=1, **d):\n    return await g(f'{a!r:>{c}}', *b)[1:2], 3 < a <= 10**30  # type: ignore\n", type_comments=True)
print(ast.dump(tree.body[0].args))  # expect: arguments(posonlyargs=[arg(arg='a')], args=[], vararg=arg(arg='b', annotation=Name(id='int', ctx=Load())), kwonlyargs=[arg(arg='c')], kw_defaults=[Constant(value=1)], kwarg=arg(arg='d'), defaults=[])
print(ast.dump(tree.body[0].body[0].value.elts[1]), tree.type_ignores[0].lineno)  # expect: Compare(left=Constant(value=3), ops=[Lt(), LtE()], comparators=[Name(id='a', ctx=Load()), BinOp(left=Constant(value=10), op=Pow(), right=Constant(value=30))]) 2
print(ast.unparse(tree))  # expect: async def f(a, /, *b: int, c=1, **d):
# expect:     return (await g(f'{a!r:>{c}}', *b)[1:2], 3 < a <= 10 ** 30)
again = pickle.loads(pickle.dumps(tree))
print(ast.dump(again, include_attributes=True) == ast.dump(tree, include_attributes=True))  # expect: True
print(ast.parse("a + b").body[0].value.left.ctx is ast.parse("c").body[0].value.ctx)  # expect: True
print(ast.dump(ast.parse("(int, *str) -> bool", mode="func_type")))  # expect: FunctionType(argtypes=[Name(id='int', ctx=Load()), Name(id='str', ctx=Load())], returns=Name(id='bool', ctx=Load()))


class Doubled(ast.NodeTransformer):
    def visit_Constant(self, node):
        return ast.copy_location(ast.Constant(node.value * 2), node)


print(eval(compile(Doubled().visit(ast.parse("[1, 'ab', (3.5, 2j), b'x', 2**40]", mode="eval")), "f", "eval")))  # expect: [2, 'abab', (7.0, 4j), b'xx', 1461501637330902918203684832716283019655932542976]
values = (1, -2.5, 3 + 4j, "\ud800\0", b"\xff", None, ..., True, 10**40, -(10**40), (frozenset({1}), ()))
node = ast.Expression(ast.Constant(values, lineno=1, col_offset=0))
print(eval(compile(node, "f", "eval")) == values)  # expect: True


def refuse(node, mode="exec"):
    ast.fix_missing_locations(node)
    try:
        compile(node, "f", mode)
    except (TypeError, ValueError, RecursionError) as e:
        print(type(e).__name__, e)


name, load, one = ast.Name("x", ast.Load()), ast.Load(), ast.Constant(1)
refuse(ast.Module([ast.Expr(one)], []), "eval")  # expect: TypeError expected Expression node, got Module
refuse(ast.Module([ast.Pass(), 5], []))  # expect: TypeError required field "lineno" missing from stmt
refuse(ast.Expression(ast.BinOp(one, None, one)), "eval")  # expect: TypeError expected some sort of operator, but got None
refuse(ast.Expression(ast.Name(5, load)), "eval")  # expect: TypeError AST identifier must be of type str
refuse(ast.Expression(ast.UnaryOp(ast.Not(), None)), "eval")  # expect: ValueError field 'operand' is required for UnaryOp
refuse(ast.Expression(ast.Constant([1])), "eval")  # expect: TypeError got an invalid type in Constant: list
refuse(ast.Expression(ast.Name("x", ast.Store())), "eval")  # expect: ValueError expression must have Load context but has Store instead
refuse(ast.Module([ast.Assign([one], one)], []))  # expect: ValueError expression which can't be assigned to in Store context
refuse(ast.Module([ast.While(one, [], [])], []))  # expect: ValueError empty body on While
refuse(ast.Module([ast.Try([ast.Pass()], [], [], [])], []))  # expect: ValueError Try has neither except handlers nor finalbody
refuse(ast.Module([ast.Expr(ast.Dict([one], []))], []))  # expect: ValueError Dict doesn't have the same number of keys as values
refuse(ast.Module([ast.Match(one, [ast.match_case(ast.MatchStar("x"), None, [ast.Pass()])])], []))  # expect: ValueError can't use MatchStar here
deep = one
for _ in range(50000):
    deep = ast.UnaryOp(ast.Not(), deep, lineno=1, col_offset=0)
try:
    compile(ast.Expression(deep), "f", "eval")
except RecursionError as e:
    print(e)  # expect: maximum recursion depth exceeded while traversing 'expr' node
loop = ast.UnaryOp(ast.Not(), lineno=1, col_offset=0)
loop.operand = loop
try:
    compile(ast.Expression(loop), "f", "eval")
except RecursionError as e:
    print(e)  # expect: maximum recursion depth exceeded while traversing 'expr' node

for source, version in [("(x := 1)", 7), ("x: int", 5), ("def f(a, /): pass", 7), ("match a:\n  case 1: pass", 9), ("async = await = 1", 6), ("async = 1", 7)]:
    try:
        print(ast.dump(ast.parse(source, feature_version=(3, version)).body[0]))
    except SyntaxError as e:
        print(e.msg)
# expect: Assignment expressions are only supported in Python 3.8 and greater
# expect: Variable annotation syntax is only supported in Python 3.6 and greater
# expect: Positional-only parameters are only supported in Python 3.8 and greater
# expect: Pattern matching is only supported in Python 3.10 and greater
# expect: Assign(targets=[Name(id='async', ctx=Store()), Name(id='await', ctx=Store())], value=Constant(value=1))
# expect: invalid syntax

import symtable

top = symtable.symtable("def f(a):\n    global g\n    return lambda: (a, g, len)\n", "<s>", "exec")
f = top.get_children()[0]
inner = f.get_children()[0]
print(f.get_parameters(), f.get_globals(), inner.get_frees(), inner.lookup("len").is_global(), f.lookup("a").is_local())  # expect: ('a',) ('g',) ('a',) True True
