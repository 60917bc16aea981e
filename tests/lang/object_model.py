# What descriptors, layouts, bases, weak references and finalizers do at their edges.
import collections, gc, inspect, types, weakref


def shows(what, *errors):
    try:
        return what()
    except errors or (TypeError, AttributeError) as error:
        return f"{type(error).__name__}: {error}"


# A descriptor of another class raises, also where the access is cached.
class Point:
    __slots__ = ("x",)


class Other:
    x = Point.__dict__["x"]
    real = int.__dict__["real"]


other = Other()
for i in range(3):
    seen = shows(lambda: other.x), shows(lambda: other.real), shows(lambda: setattr(other, "x", 1))
print(seen[0])  # expect: TypeError: descriptor 'x' for 'Point' objects doesn't apply to a 'Other' object
print(seen[1])  # expect: TypeError: descriptor 'real' for 'int' objects doesn't apply to a 'Other' object
print(seen[2])  # expect: TypeError: descriptor 'x' for 'Point' objects doesn't apply to a 'Other' object
print(types.MemberDescriptorType.__name__, type(slice.start).__name__)  # expect: member_descriptor member_descriptor
print(shows(lambda: setattr(shows, "__globals__", {})))  # expect: AttributeError: readonly attribute


# __dict__ of a class that derives from a built-in type with a dict of its own.
class Base:
    pass


class Meta(type, Base):
    pass


class Module(types.ModuleType, Base):
    pass


class Made(metaclass=Meta):
    pass


descriptor = Base.__dict__["__dict__"]
print(shows(lambda: descriptor.__set__(Made, {})))  # expect: AttributeError: attribute '__dict__' of 'type' objects is not writable
print(shows(lambda: descriptor.__set__(Module("m"), {})))  # expect: AttributeError: readonly attribute
print(descriptor.__get__(Module("m"))["__name__"])  # expect: m
print(shows(lambda: delattr(shows, "__dict__")))  # expect: TypeError: cannot delete __dict__
print(shows(lambda: object.__setattr__(str, "foo", 1)))  # expect: TypeError: can't apply this __setattr__ to type object


# Equal __slots__ give equal layouts; other bases bring __dict__.
class G:
    __slots__ = ["a", "b"]


class H:
    __slots__ = ["b", "a"]


class K(G, Base):
    __slots__ = ()


g = G()
g.a, g.b = 1, 2
g.__class__ = H
print(type(g).__name__, g.a, g.b)  # expect: H 1 2
k = K()
k.a, k.new = 1, 2
print(k.__dict__)  # expect: {'new': 2}


# mro() of a metaclass that assigns to __bases__ while it is assigned to.
class M(type):
    def mro(cls):
        global ready
        if ready and cls.__name__ == "C":
            ready = False
            C.__bases__ = (B2,)
        return type.mro(cls)


ready = False


class A(metaclass=M):
    pass


class B1(A):
    pass


class B2(A):
    pass


class C(A):
    pass


ready = True
C.__bases__ = (B1,)
B1.__bases__ = (C,)
print(C.__bases__[0].__name__, B2.__subclasses__() == [C], B1.__subclasses__())  # expect: B2 True []


# A class body that sees its method's __class__ and has one of its own.
class Outer:
    def make(self):
        class Inner:
            outer = __class__

            def own(self):
                return __class__

        return Inner


Inner = Outer().make()
print(Inner.outer is Outer, Inner().own() is Inner)  # expect: True True


# A property that raises instead of a special method: as if there were none.
class Broken:
    @property
    def __eq__(self):
        raise AttributeError("eq")

    __hash__ = __iter__ = __eq__


print(Broken() == Broken(), shows(lambda: hash(Broken())))  # expect: False TypeError: unhashable type: 'Broken'
print(shows(lambda: iter(Broken())))  # expect: TypeError: 'Broken' object is not iterable
print(shows(lambda: None | None))  # expect: TypeError: unsupported operand type(s) for |: 'NoneType' and 'NoneType'


# Weak references die and their callbacks run inside gc.collect(), the newest first, whatever frames have held the object.
def collected(make):
    thing, log = make(), []
    refs = [weakref.ref(thing, lambda r, n=n: log.append(n)) for n in range(3)]
    keep = str(thing)
    del thing
    collect()
    return [r() for r in refs], log


def collect():
    gc.collect()


print(collected(Base))  # expect: ([None, None, None], [2, 1, 0])
print(collected(lambda: Base().__init__.__self__))  # expect: ([None, None, None], [2, 1, 0])


print(gc.get_referents([1, 2], {3: "x"}, (0,)), gc.get_referents(1, "a", 4j))  # expect: [1, 2, 3, 'x', 0] []
print([gc.is_tracked(v) for v in (1, "", bytearray(), int, Base, Base(), [], gc)])  # expect: [False, False, False, False, True, True, True, True]


# Special methods of built-in types say what they are for, and for which type.
class Plain:
    def __init__(self, x): pass
    def __len__(self): return 1


print(inspect.getdoc(Plain.__init__))  # expect: Initialize self.  See help(type(self)) for accurate signature.
print(int.__add__.__doc__, int.__rsub__.__doc__, list.__iadd__.__doc__, set.__ior__.__doc__, str.__len__.__doc__, int.__neg__.__doc__, sep="|")
# expect: Return self+value.|Return value-self.|Implement self+=value.|Return self|=value.|Return len(self).|-self
print(collections.deque.append, collections.deque.__len__, int.__add__)
# expect: <method 'append' of 'collections.deque' objects> <slot wrapper '__len__' of 'collections.deque' objects> <slot wrapper '__add__' of 'int' objects>
print(inspect.signature(set.__ior__), inspect.signature(str.__getitem__))  # expect: (self, value, /) (self, key, /)
try:
    collections.deque.append(3, 4)
except TypeError as e:
    print(e)  # expect: descriptor 'append' for 'collections.deque' objects doesn't apply to a 'int' object

# At the end of the program __del__ runs, with all modules still there.
class Last:
    def __del__(self):
        print("del", len(self.text), gc is not None)  # expect: del 4 True


last = Last()
last.text = "last"
