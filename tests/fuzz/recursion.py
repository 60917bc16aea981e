"""Recursion as deep as data and code can make it: RecursionError or success, never a crash.

`recursion.py [PATTERN]` runs each probe in a process of its own three times: in the main thread, in a thread with a stack of 64 kB, and
with sys.setrecursionlimit(10**6). A probe prints what came of it; a signal that ends the process, or a wait of two minutes, is a finding.
"""
import re
import subprocess
import sys

COMMON = """
import sys, threading
N = 20000
def check(f):
    try:
        print('ok', type(f()).__name__)
    except BaseException as error:
        print(type(error).__name__)
"""
VARIANTS = {
    "main": COMMON + "exec(SOURCE, globals())",
    "thread": COMMON + "threading.stack_size(65536)\nt = threading.Thread(target=exec, args=(SOURCE, globals()))\nt.start()\nt.join()",
    "limit": COMMON + "sys.setrecursionlimit(10**6)\nexec(SOURCE, globals())",
}
# Known to be quadratic: too long for N when the recursion limit does not end them.
QUADRATIC = {"repr_list", "repr_tuple", "repr_dict", "repr_set"}
PROBES = {
    "call": """
def f(): return f()
check(f)
""",
    "repr_list": """
x = []
for i in range(N): x = [x]
check(lambda: repr(x))
""",
    "repr_tuple": """
x=()
for i in range(N): x=(x,)
check(lambda: repr(x))
""",
    "repr_dict": """
x={}
for i in range(N): x={1:x}
check(lambda: repr(x))
""",
    "repr_set": """
x=frozenset()
for i in range(N): x=frozenset([x])
check(lambda: repr(x))
""",
    "repr_obj": """
class A:
 def __repr__(s): return repr(s)
check(lambda: repr(A()))
""",
    "repr_exc": """
x=ValueError()
for i in range(N): x=ValueError(x)
check(lambda: repr(x))
""",
    "str_exc": """
x=ValueError()
for i in range(N): x=ValueError(x)
check(lambda: str(x))
""",
    "repr_deque": """
from collections import deque
x=deque()
for i in range(N): x=deque([x])
check(lambda: repr(x))
""",
    "repr_odict": """
from collections import OrderedDict
x=OrderedDict()
for i in range(N): x=OrderedDict({1:x})
check(lambda: repr(x))
""",
    "repr_slice": """
x=slice(1)
for i in range(N): x=slice(x)
check(lambda: repr(x))
""",
    "repr_partial": """
from functools import partial
x=print
for i in range(N): x=partial(x, kw=x)
x=partial(print)
for i in range(N): x=partial(print,x)
check(lambda: repr(x))
""",
    "repr_ns": """
from types import SimpleNamespace
x=1
for i in range(N): x=SimpleNamespace(a=x)
check(lambda: repr(x))
""",
    "repr_alias": """
x=int
for i in range(N): x=list[x]
check(lambda: repr(x))
""",
    "repr_mproxy": """
from types import MappingProxyType as M
x={}
for i in range(N): x=M({1:x})
check(lambda: repr(x))
""",
    "repr_range": """
x=1
class I:
 def __index__(s): return 1
 def __repr__(s): return repr(s)
check(lambda: repr(slice(I())))
""",
    "eq_list": """
x = []
for i in range(N): x = [x]
y=[]
for i in range(N): y=[y]
check(lambda: x==y)
""",
    "lt_list": """
x = []
for i in range(N): x = [x]
y=[]
for i in range(N): y=[y]
check(lambda: x<y)
""",
    "eq_tuple": """
x=y=()
for i in range(N): x=(x,); y=(y,)
check(lambda: x==y)
""",
    "eq_dict": """
x=y={}
for i in range(N): x={1:x}; y={1:y}
check(lambda: x==y)
""",
    "eq_deque": """
from collections import deque
x=y=deque()
for i in range(N): x=deque([x]); y=deque([y])
check(lambda: x==y)
""",
    "eq_fset": """
x=y=frozenset()
for i in range(N): x=frozenset([x]); y=frozenset([y])
check(lambda: x==y)
""",
    "eq_slice": """
x=y=slice(1)
for i in range(N): x=slice(x); y=slice(y)
check(lambda: x==y)
""",
    "eq_obj": """
class A:
 def __eq__(s,o): return s==o
check(lambda: A()==A())
""",
    "eq_partial_ns": """
from types import SimpleNamespace as S
x=y=S()
for i in range(N): x=S(a=x); y=S(a=y)
check(lambda: x==y)
""",
    "eq_alias": """
x=y=int
for i in range(N): x=list[x]; y=list[y]
check(lambda: x==y)
""",
    "hash_tuple": """
x=()
for i in range(N): x=(x,)
check(lambda: hash(x))
""",
    "hash_fset": """
x=frozenset()
for i in range(N): x=frozenset([x])
check(lambda: hash(x))
""",
    "hash_alias": """
x=int
for i in range(N): x=list[x]
check(lambda: hash(x))
""",
    "hash_obj": """
class A:
 def __hash__(s): return hash(s)
check(lambda: hash(A()))
""",
    "hash_mutual": """
class A:
 def __hash__(s): return hash((s,))
check(lambda: hash(A()))
""",
    "contains": """
class A:
 def __contains__(s,o): return o in s
check(lambda: 1 in A())
""",
    "deepcopy_list": """
x = []
for i in range(N): x = [x]
import copy
check(lambda: copy.deepcopy(x))
""",
    "copy_obj": """
import copy
class A:
 def __copy__(s): return copy.copy(s)
check(lambda: copy.copy(A()))
""",
    "deepcopy_obj": """
import copy
class A: pass
x=A()
for i in range(N):
 y=A(); y.n=x; x=y
check(lambda: copy.deepcopy(x))
""",
    "parse_attr_50": """
check(lambda: compile(''*50+'1'+''*50,'','eval'))
import ast
check(lambda: ast.parse(''*50+'1'+''*50))
""",
    "parse_attr_150": """
check(lambda: compile(''*150+'1'+''*150,'','eval'))
import ast
check(lambda: ast.parse(''*150+'1'+''*150))
""",
    "parse_attr_1000": """
check(lambda: compile(''*1000+'1'+''*1000,'','eval'))
import ast
check(lambda: ast.parse(''*1000+'1'+''*1000))
""",
    "parse_attr_100000": """
check(lambda: compile(''*100000+'1'+''*100000,'','eval'))
import ast
check(lambda: ast.parse(''*100000+'1'+''*100000))
""",
    "parse_attr": """
check(lambda: compile('a'+'.b'*100000,'','eval'))
""",
    "parse_attr2": """
check(lambda: compile('a'+'.b'*2000,'','eval'))
""",
    "parse_callchain": """
check(lambda: compile('a'+'()'*100000,'','eval'))
""",
    "parse_elif2": """
check(lambda: compile('if a: pass\\n'+'elif a: pass\\n'*2000,'','exec'))
""",
    "parse_with30": """
check(lambda: compile('with '+','.join(['a']*30)+': pass\\n','','exec'))
""",
    "parse_for30": """
check(lambda: compile(''.join(' '*i+'for a in b:\\n' for i in range(30))+' '*30+'pass\\n','','exec'))
""",
    "parse_def90": """
check(lambda: compile(''.join(' '*i+'def f():\\n' for i in range(90))+' '*90+'pass\\n','','exec'))
""",
    "parse_fspec": """
check(lambda: compile('f"'+'{1:'*10+'}'*10+'"','','eval'))
""",
    "parse_match_150": """
check(lambda: compile('match a:\\n case '+'['*150+']'*150+': pass\\n','','exec'))
""",
    "parse_target": """
check(lambda: compile('['*5000+'a'+']'*5000+'=1\\n','','exec'))
""",
    "ast_compile": """
import ast
x=ast.Constant(1,lineno=1,col_offset=0)
for i in range(N): x=ast.UnaryOp(ast.USub(), x,lineno=1,col_offset=0)
check(lambda: compile(ast.Expression(x),'','eval'))
""",
    "ast_compile5k": """
import ast
x=ast.Name('a',ast.Load(),lineno=1,col_offset=0)
for i in range(5000): x=ast.UnaryOp(ast.USub(), x,lineno=1,col_offset=0)
check(lambda: compile(ast.Expression(x),'','eval'))
""",
    "ast_stmts": """
import ast
x=ast.Pass(lineno=1,col_offset=0)
for i in range(N): x=ast.If(ast.Constant(1,lineno=1,col_offset=0),[x],[],lineno=1,col_offset=0)
check(lambda: compile(ast.Module([x],[]),'','exec'))
""",
    "ast_unparse": """
import ast
x=ast.Constant(1)
for i in range(N): x=ast.UnaryOp(ast.USub(), x)
x=ast.fix_missing_locations(ast.Expression(ast.Constant(1))) if 0 else ast.Expression(x)
check(lambda: ast.unparse(x))
""",
    "ast_walk": """
import ast
x=ast.Constant(1)
for i in range(N): x=ast.UnaryOp(ast.USub(), x)
x=ast.fix_missing_locations(ast.Expression(ast.Constant(1))) if 0 else ast.Expression(x)
check(lambda: sum(1 for _ in ast.walk(x)))
""",
    "ast_copy": """
import ast
x=ast.Constant(1)
for i in range(N): x=ast.UnaryOp(ast.USub(), x)
x=ast.fix_missing_locations(ast.Expression(ast.Constant(1))) if 0 else ast.Expression(x)
import copy
check(lambda: copy.deepcopy(x))
""",
    "ast_cycle": """
import ast
x=ast.UnaryOp(ast.USub(),None,lineno=1,col_offset=0)
x.operand=x
check(lambda: compile(ast.Expression(x),'','eval'))
""",
    "ast_parse_chain": """
import ast
check(lambda: ast.parse('a'+'.b'*100000))
check(lambda: ast.parse('a'+'+b'*100000))
check(lambda: ast.parse('a'+'+b'*3000))
""",
    "json_loads": """
import json
check(lambda: json.loads('['*100000))
check(lambda: json.loads('{"a":'*100000))
check(lambda: json.loads('['*N+']'*N))
""",
    "json_default": """
import json
class A: pass
check(lambda: json.dumps(A(), default=lambda o: [o]))
check(lambda: json.dumps(A(), check_circular=False, default=lambda o: [o]))
""",
    "pickle_dump": """
x = []
for i in range(N): x = [x]
import pickle
check(lambda: pickle.dumps(x))
y=()
for i in range(N): y=(y,)
check(lambda: pickle.dumps(y))
z={}
for i in range(N): z={1:z}
check(lambda: pickle.dumps(z))
""",
    "pickle_obj": """
import pickle
class A: pass
x=A()
for i in range(N):
 y=A(); y.n=x; x=y
check(lambda: pickle.dumps(x))
check(lambda: pickle._dumps(x))
""",
    "pickle_load": """
import pickle
check(lambda: pickle.loads(b'\\x80\\x04'+b']'*N+b'a'*(N-1)+b'.'))
check(lambda: pickle.loads(b'\\x80\\x04)'+b'\\x85'*N+b'.'))
check(lambda: pickle.loads(b'\\x80\\x04'+b'('*N+b't'*(N)+b'.'))
""",
    "pickle_red": """
import pickle
class A:
 def __reduce__(s): return (A,(s,))
check(lambda: pickle.dumps(A()))
class B:
 def __reduce__(s): return (B,(B(),))
check(lambda: pickle.dumps(B()))
""",
    "pickle_set": """
import pickle
class A:
 def __setstate__(s,st): pickle.loads(d)
d=pickle.dumps(A())
d=b'\\x80\\x04\\x8c\\x08__main__\\x8c\\x01A\\x93)\\x81K\\x01b.'
check(lambda: pickle.loads(d))
""",
    "marshal": """
x = []
for i in range(N): x = [x]
import marshal
check(lambda: marshal.dumps(x))
check(lambda: marshal.loads(b'['+b'\\x01\\0\\0\\0['*N+b'\\0\\0\\0\\0'))
y=()
for i in range(1500): y=(y,)
check(lambda: marshal.loads(marshal.dumps(y)))
y=()
for i in range(2100): y=(y,)
check(lambda: marshal.dumps(y))
""",
    "re_paren": """
import re
check(lambda: re.compile('('*N+')'*N))
check(lambda: re.compile('(?:'*N+')'*N))
check(lambda: re.compile('('*90+')'*90))
check(lambda: re.compile('(?:'*90+'a'+')*'*90).match('aaa'))
""",
    "re_deep_match": """
import re
check(lambda: re.match('(?:a|b)*c','ab'*200000))
check(lambda: re.match('(a)*?b','a'*200000))
check(lambda: re.match('(?:(?:a)*)*b','a'*25))
check(lambda: re.match(r'(a|b)*\\1c','ab'*100000))
check(lambda: re.match('((a)|(b))*','ab'*200000))
""",
    "re_bar": """
import re
check(lambda: re.compile('|'.join('a%d'%i for i in range(5000))))
check(lambda: re.compile('(?='*N+')'*N))
check(lambda: re.compile('a'+'|b'*100000))

""",
    "isinstance_class": """
class A:
 @property
 def __class__(s): return s.__class__
check(lambda: isinstance(A(), int))
""",
    "isinstance_tuple": """
x=int
for i in range(N): x=(x,)
check(lambda: isinstance('', x))
check(lambda: issubclass(str, x))
y=(int|None)
""",
    "isinstance_bases": """
class A:
 def __getattribute__(s,n):
  if n=='__bases__': return (s,)
  return object.__getattribute__(s,n)
check(lambda: issubclass(A(), A()))
check(lambda: isinstance(1, A()))
class B:
 @property
 def __bases__(s): return (B(),)
check(lambda: issubclass(B(), int))
""",
    "isinstance_meta": """
class M(type):
 def __instancecheck__(c,o): return isinstance(o,c)
class A(metaclass=M): pass
check(lambda: isinstance(1,A))
""",
    "property": """
class A:
 @property
 def a(s): return s.a
check(lambda: A().a)
""",
    "getattr": """
class A:
 def __getattr__(s,n): return getattr(s,n)
check(lambda: A().a)
class A:
 def __getattribute__(s,n): return getattr(s,n)
check(lambda: A().a)
class A:
 def __getattr__(s,n): return s.q
check(lambda: A().a)
check(lambda: hasattr(A(),'b'))
class B:
 def __setattr__(s,n,v): s.a=1
check(lambda: setattr(B(),'a',1))
class B:
 def __delattr__(s,n): del s.a
check(lambda: delattr(B(),'a'))
""",
    "descr": """
class D:
 def __get__(s,o,t): return o.x
class A: x=D()
check(lambda: A().x)
class D:
 def __get__(s,o,t): return t.x
class A: x=D()
check(lambda: A.x)
class D:
 def __set__(s,o,v): o.x=v
class A: x=D()
check(lambda: setattr(A(),'x',1))
""",
    "descr_chain": """
class A: pass
A.__get__=A()
check(lambda: A().__get__)
class C:
 def __call__(s,*a): pass
C.__call__=C()
check(lambda: C()())
""",
    "call_chain": """
class C: pass
C.__call__=C()
check(lambda: C()())
import functools
x=lambda:1
for i in range(N): x=functools.partial(x)
check(lambda: x())
x=lambda *a:1
import types
for i in range(N): x=types.MethodType(x,1)
check(lambda: x())
""",
    "wraps": """
import functools
x=lambda:1
for i in range(N):
 def y(f=x): return f()
 x=y
check(lambda: x())
""",
    "classmeth_chain": """
x=lambda *a:1
for i in range(N): x=classmethod(x)
class A: a=x
check(lambda: A.a)
x=len
for i in range(N): x=staticmethod(x)
check(lambda: x(()))
check(lambda: repr(x))
class A: a=x
check(lambda: A.a)
""",
    "exc_cause": """
x=ValueError(0)
for i in range(N):
 y=ValueError(i); y.__cause__=x; x=y
import traceback
check(lambda: len(traceback.format_exception(x)))

""",
    "exc_ctx_print": """
x=ValueError(0)
for i in range(N):
 y=ValueError(i); y.__context__=x; x=y
raise x
""",
    "exc_ctx_loop": """
def f():
 try: f()
 except RecursionError: f()
 finally: pass
import sys
sys.setrecursionlimit(50)

""",
    "exc_group": """
x=ValueError(0)
for i in range(N): x=ExceptionGroup('a',[x])
check(lambda: repr(x))
check(lambda: x.split(TypeError))
check(lambda: x.subgroup(lambda e: False))
check(lambda: x.derive([x]))
def f():
 try: raise x
 except* TypeError: pass
check(f)
""",
    "exc_group_print": """
x=ValueError(0)
for i in range(N): x=ExceptionGroup('a',[x])
raise x
""",
    "exc_ctx_cycle": """
a=ValueError();b=TypeError()
a.__context__=b
b.__context__=a
def f():
 try: raise a
 except ValueError: raise b
check(f)
try:
 raise a
except ValueError: 
 check(lambda: 1/0)
""",
    "yield_from_it": """
def g(it): yield from it
x=iter([1,2])
for i in range(N): x=g(x)
check(lambda: list(x))
def c(it):
 for i in it: yield i
x=iter([1,2])
for i in range(N): x=c(x)
check(lambda: list(x))
""",
    "gen_close": """
def g(it): yield from it
x=iter([1,2])
for i in range(900): x=g(x)
next(x)
check(lambda: x.close())
check(lambda: g(x).throw(ValueError('a')))
""",
    "await_chain": """
async def f(n):
 if n: await f(n-1)
 return 1
def run(n):
 try: f(n).send(None)
 except StopIteration: return 1
check(lambda: run(N))
""",
    "iter_chain": """
import itertools
x=iter([1])
for i in range(N): x=map(int,x)
check(lambda: list(x))

""",
    "it_filter": """
import itertools
x=iter([(1,)])
for i in range(N): x=filter(None,x)
check(lambda: type(next(x)))
x=None
print('dead')
""",
    "it_zip": """
import itertools
x=iter([(1,)])
for i in range(N): x=zip(x)
check(lambda: type(next(x)))
x=None
print('dead')
""",
    "it_enumerate": """
import itertools
x=iter([(1,)])
for i in range(N): x=enumerate(x)
check(lambda: type(next(x)))
x=None
print('dead')
""",
    "it_islice": """
import itertools
x=iter([(1,)])
for i in range(N): x=itertools.islice(x,None)
check(lambda: type(next(x)))
x=None
print('dead')
""",
    "it_takewhile": """
import itertools
x=iter([(1,)])
for i in range(N): x=itertools.takewhile(bool,x)
check(lambda: type(next(x)))
x=None
print('dead')
""",
    "it_tee": """
import itertools
x=iter([(1,)])
for i in range(N): x=itertools.tee(x)[0]
check(lambda: type(next(x)))
x=None
print('dead')
""",
    "it_starmap": """
import itertools
x=iter([(1,)])
for i in range(N): x=itertools.starmap(lambda *a: a,x)
check(lambda: type(next(x)))
x=None
print('dead')
""",
    "it_accumulate": """
import itertools
x=iter([(1,)])
for i in range(N): x=itertools.accumulate(x)
check(lambda: type(next(x)))
x=None
print('dead')
""",
    "it_cycle": """
import itertools
x=iter([(1,)])
for i in range(N): x=itertools.cycle(x)
check(lambda: type(next(x)))
x=None
print('dead')
""",
    "it_compress": """
import itertools
x=iter([(1,)])
for i in range(N): x=itertools.compress(x,[1]*3)
check(lambda: type(next(x)))
x=None
print('dead')
""",
    "it_groupby": """
import itertools
x=iter([(1,)])
for i in range(N): x=itertools.groupby(x)
check(lambda: type(next(x)))
x=None
print('dead')
""",
    "it_pairwise": """
import itertools
x=iter([(1,)])
for i in range(N): x=itertools.chain.from_iterable([x])
check(lambda: type(next(x)))
x=None
print('dead')
""",
    "it_ziplong": """
import itertools
x=iter([(1,)])
for i in range(N): x=itertools.zip_longest(x)
check(lambda: type(next(x)))
x=None
print('dead')
""",
    "it_filterfalse": """
import itertools
x=iter([(1,)])
for i in range(N): x=itertools.filterfalse(lambda a: 0,x)
check(lambda: type(next(x)))
x=None
print('dead')
""",
    "it_dropwhile": """
import itertools
x=iter([(1,)])
for i in range(N): x=itertools.dropwhile(lambda a: 0,x)
check(lambda: type(next(x)))
x=None
print('dead')
""",
    "it_reversedmap": """
import itertools
x=iter([(1,)])
for i in range(N): x=map(lambda a: a,x)
check(lambda: type(next(x)))
x=None
print('dead')
""",
    "dtor_list": """
x=[]
for i in range(200000): x=[x]
x=None
import gc; gc.collect()
print('dead')
""",
    "dtor_tuple": """
x=()
for i in range(200000): x=(x,)
x=None
import gc; gc.collect()
print('dead')
""",
    "dtor_obj": """
class A: pass
x=A()
for i in range(200000):
 y=A(); y.n=x; x=y
y=x=None
import gc; gc.collect()
print('dead')
""",
    "dtor_del": """
n=0
class A:
 def __del__(s):
  global n; n+=1
x=A()
for i in range(100000):
 y=A(); y.n=x; x=y
y=x=None
import gc; gc.collect()
print(n)
""",
    "dtor_del_nested": """
class A:
 def __init__(s,n): s.n=n
 def __del__(s):
  if s.n: A(s.n-1)
A(N)
import gc; gc.collect()
print('x')
""",
    "dtor_gen": """
def g(x): yield x
x=None
for i in range(100000): x=g(x); next(x)
x=None
import gc; gc.collect()
print('x')
""",
    "dtor_dict_exc": """
x={}
for i in range(200000): x={1:x}
x=None
x=ValueError()
for i in range(100000):
 y=ValueError(); y.__context__=x; x=y
x=y=None
import gc; gc.collect()
print('d')
""",
    "dtor_tb": """
def f(n):
 if n: f(n-1)
 else: 1/0
try: f(900)
except Exception as e: pass
print(1)
""",
    "str_methods": """
class S(str):
 def __str__(s): return str(s)
check(lambda: str(S('a')))
check(lambda: f'{S(1)}')
class F:
 def __format__(s,f): return format(s,f)
check(lambda: format(F()))
check(lambda: '{}'.format(F()))
class B:
 def __bytes__(s): return bytes(s)
check(lambda: bytes(B()))
""",
    "num": """
class I:
 def __index__(s): return s.__index__()
 def __int__(s): return int(s)
 def __float__(s): return float(s)
 def __bool__(s): return bool(s)
 def __len__(s): return len(s)
 def __add__(s,o): return s+o
 def __radd__(s,o): return o+s
 def __neg__(s): return -s
 def __iter__(s): return iter(s)
 def __getitem__(s,i): return s[i]
 def __lt__(s,o): return s<o
 def __length_hint__(s): return __import__('operator').length_hint(s)
 def __enter__(s):
  with s: pass
 def __exit__(s,*a): pass
 def __dir__(s): return dir(s)
 def __sizeof__(s): return sys.getsizeof(s)
 def __reversed__(s): return reversed(s)
 def __round__(s): return round(s)
 def __abs__(s): return abs(s)
 def __complex__(s): return complex(s)
 def __next__(s): return next(s)
 def __fspath__(s): return __import__('os').fspath(s)
i=I()
import operator,os
for f in (lambda: operator.index(i), lambda: int(i), lambda: float(i), lambda: bool(i), lambda: len(i), lambda: i+i, lambda: 1+i, lambda: -i, lambda: iter(i), lambda: i[0], lambda: i<i, lambda: dir(i), lambda: sys.getsizeof(i), lambda: reversed(i), lambda: round(i), lambda: abs(i), lambda: complex(i), lambda: next(i), lambda: os.fspath(i), lambda: sorted([i,i]), lambda: min(i,i), lambda: sum([i]), lambda: i in [1,i], lambda: range(i), lambda: [1][i], lambda: [1][i:], lambda: 'a'*i, lambda: pow(i,1), lambda: divmod(1,i), lambda: bytes(i), lambda: list(i), lambda: {**i}, lambda: dict(i)):
 check(f)
def w():
 with i: pass
check(w)
""",
    "eval": """
s='eval(s)'
check(lambda: eval(s))
e='exec(e)'
check(lambda: exec(e))
import_=0
""",
    "sort_key": """
def k(x): return sorted([1,2],key=k)
check(lambda: k(1))
def m(x): return list(map(m,[1]))
check(lambda: m(1))
def r(m): return __import__('re').sub('a',r,'a')
check(lambda: r(1))
import functools
check(lambda: functools.reduce(lambda a,b: functools.reduce(None,[1,2]) if 0 else rr(), [1,2]))
def rr(): return functools.reduce(lambda a,b: rr(),[1,2])
check(rr)
@functools.lru_cache
def lc(n): return lc(n+1)
check(lambda: lc(0))
@functools.cache
def fib(n): return fib(n-1)+1 if n else 0
check(lambda: fib(N))
@functools.singledispatch
def sd(x): return sd(x)
check(lambda: sd(1))
""",
    "union": """
import typing
x=int
check(lambda: eval('int'+'|int'*3000))
for i in range(N): x=list[x]|None
check(lambda: repr(x))
check(lambda: hash(x))
import typing
T=typing.TypeVar('T')
y=list[T]
for i in range(N): y=list[y]
check(lambda: y[int])
check(lambda: y.__parameters__)
""",
    "memo_ctx": """
import contextlib
@contextlib.contextmanager
def c():
 with c(): yield
def f():
 with c(): pass
check(f)
""",
    "weakref": """
import weakref
class A:
 def __hash__(s): return hash(weakref.ref(s))
a=A()
check(lambda: hash(weakref.ref(a)))
class B:
 def __eq__(s,o): return weakref.ref(s)==weakref.ref(o)
a=B();b=B()
check(lambda: weakref.ref(a)==weakref.ref(b))
import weakref
x=A()
p=weakref.proxy(a)
check(lambda: repr(p))
""",
    "fmt": """
check(lambda: '{:{:{}}}'.format(1,2,3))
check(lambda: ('{0'+'[0]'*100000+'}').format([1]))
x=[]
x.append(x)
check(lambda: ('{0'+'[0]'*100000+'}').format(x)[:1])
check(lambda: '%s' % (x,))
""",
    "struct_mv": """
x=memoryview(b'a')
for i in range(100000): x=memoryview(x)
check(lambda: x[0])
x=None
print('d')
""",
    "textio": """
import io
class R(io.RawIOBase):
 def readable(s): return True
 def readinto(s,b): return io.BufferedReader(s).readinto(b)
check(lambda: R().read(1))
""",
    "signal_chain": """
import signal,os
def h(*a): os.kill(os.getpid(),signal.SIGUSR1); [0 for i in range(100)]
signal.signal(signal.SIGUSR1,h)
check(lambda: h())
""",
    "audit": """
def h(e,a): compile('1','','eval')
sys.addaudithook(h)
check(lambda: compile('1','','eval'))
""",
    "warn": """
import warnings
def sw(*a,**k): warnings.warn('x')
warnings.showwarning=sw
warnings.simplefilter('always')
check(lambda: warnings.warn('a'))
""",
    "excepthook": """
def h(*a): raise a[1]
sys.excepthook=h
1/0
""",
    "dictkey": """
class K:
 def __hash__(s): return 1
 def __eq__(s,o): return {s:1}=={K():1}
check(lambda: {K():1,K():2})
""",
    "datetime": """
import datetime
class T(datetime.tzinfo):
 def utcoffset(s,d): return d.utcoffset()
 def tzname(s,d): return d.tzname()
 def dst(s,d): return d.dst()
 def fromutc(s,d): return d.astimezone(s)
d=datetime.datetime(2000,1,1,tzinfo=T())
check(lambda: d.utcoffset())
check(lambda: str(d))
check(lambda: hash(d))
check(lambda: d==datetime.datetime(2000,1,1,tzinfo=T()))
check(lambda: d.strftime('%z%Z'))
check(lambda: datetime.datetime.now(T()))
""",
    "codec": """
import codecs
def e(x): return ('a'.encode('ascii','rec') and 'a'), 1
def h(x): return ('\\xe9'.encode('ascii','rec2').decode(), x.end)
codecs.register_error('rec2',h)
check(lambda: '\\xe9'.encode('ascii','rec2'))
def s(n): return codecs.lookup(n+'x')
codecs.register(s)
check(lambda: codecs.lookup('foo'))
""",
    "abc": """
import abc
class A(abc.ABC):
 @classmethod
 def __subclasshook__(c,o): return issubclass(o,A)
check(lambda: issubclass(int,A))
class B(abc.ABC): pass
x=B
ys=[]
for i in range(1500):
 class y(abc.ABC): pass
 x.register(y); x=y; ys.append(y)
check(lambda: issubclass(int,B))
check(lambda: isinstance(1,B))
""",
    "heapq": """
import heapq,bisect
class A:
 def __lt__(s,o): heapq.heapify([A(),A()]); return True
check(lambda: heapq.heapify([A(),A()]))
class B:
 def __lt__(s,o): return bisect.bisect([B()],B())
check(lambda: B()<B())
""",
}


def ends_well(name, variant):
    code = f"SOURCE = {PROBES[name]!r}\n" + VARIANTS[variant]
    try:
        done = subprocess.run([sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    except subprocess.TimeoutExpired:
        return "no end"
    return "" if done.returncode in (0, 1) else f"exit status {done.returncode}"


def main():
    pattern = sys.argv[1] if len(sys.argv) > 1 else ""
    for name in PROBES:
        for variant in VARIANTS:
            if not re.search(pattern, name) or (variant == "limit" and name in QUADRATIC):
                continue
            fault = ends_well(name, variant)
            print(f"FAIL {name} {variant}: {fault}" if fault else f"ok {name} {variant}", flush=True)


if __name__ == "__main__":
    main()
