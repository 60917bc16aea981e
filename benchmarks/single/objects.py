"""Programs of classes, methods and attributes."""
from dataclasses import dataclass, field
from enum import Enum


class Packet:
    def __init__(self, link, owner, kind):
        self.link, self.owner, self.kind, self.data = link, owner, kind, [0] * 4


class Task:
    """A task of the scheduler: subclasses say what is done with a packet."""
    handled = 0

    def __init__(self, number, priority, queue):
        self.number, self.priority, self.queue, self.waiting = number, priority, queue, True

    def add(self, packet):
        packet.link = None
        if self.queue is None:
            self.queue = packet
        else:
            last = self.queue
            while last.link is not None:
                last = last.link
            last.link = packet
        self.waiting = False

    def take(self):
        packet = self.queue
        if packet is None:
            self.waiting = True
            return None
        self.queue = packet.link
        return packet

    def run(self, tasks):
        packet = self.take()
        if packet is not None:
            self.handled += 1
            self.handle(packet, tasks)


class Worker(Task):
    def handle(self, packet, tasks):
        for i in range(len(packet.data)):
            packet.data[i] = (packet.data[i] * 3 + self.number + i) & 1023
        tasks[packet.owner % len(tasks)].add(packet)


class Device(Task):
    def handle(self, packet, tasks):
        packet.owner += 1 + (packet.kind & 1)
        tasks[packet.owner % len(tasks)].add(packet)


def scheduler(n):
    tasks = [(Worker if i % 3 else Device)(i, i * 10, None) for i in range(6)]
    for i in range(18):
        tasks[i % 6].add(Packet(None, i, i))
    for _ in range(n):
        ready = None
        for task in tasks:
            if not task.waiting and (ready is None or task.priority + task.handled % 7 > ready.priority):
                ready = task
        ready.run(tasks)
    return [task.handled for task in tasks]


class Number:
    def __init__(self, value):
        self.value = value

    def accept(self, visitor):
        return visitor.visit_number(self)


class Binary:
    def __init__(self, operator, left, right):
        self.operator, self.left, self.right = operator, left, right

    def accept(self, visitor):
        return visitor.visit_binary(self)


class Evaluator:
    def visit_number(self, node):
        return node.value

    def visit_binary(self, node):
        left, right = node.left.accept(self), node.right.accept(self)
        return left + right if node.operator == "+" else (left - right if node.operator == "-" else left * right % 10007)


class Depth:
    def visit_number(self, node):
        return 1

    def visit_binary(self, node):
        return 1 + max(node.left.accept(self), node.right.accept(self))


def visitors(n):
    def build(depth, seed):
        if depth == 0:
            return Number(seed % 17)
        return Binary("+-*"[seed % 3], build(depth - 1, seed * 5 + 1), build(depth - 1, seed * 7 + 2))

    tree = build(9, 1)
    total = 0
    for _ in range(n):
        total += tree.accept(Evaluator()) + tree.accept(Depth())
    return total


class V2:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return V2(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return V2(self.x - other.x, self.y - other.y)

    def __mul__(self, k):
        return V2(self.x * k, self.y * k)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def length2(self):
        return self.x * self.x + self.y * self.y


def vectors(n):
    position, speed, home = V2(0.0, 1.0), V2(0.5, 0.25), V2(3.0, 4.0)
    turns = 0
    for _ in range(n):
        position = position + speed * 0.125
        away = position - home
        if away.length2() > 25.0:
            speed = speed * -1.0
            turns += 1
        if position == home:
            turns += 100
    return turns, round(position.x, 6)


class Colour(Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


@dataclass(order=True)
class Item:
    price: int
    name: str = "x"
    colour: Colour = Colour.RED
    tags: list = field(default_factory=list)

    def __post_init__(self):
        self.tags.append(self.name)


def records(n):
    colours = list(Colour)
    total = 0
    for i in range(n):
        item = Item(i * 37 % 101, name="n%d" % (i % 7), colour=colours[i % 3])
        other = Item(50)
        if item < other:
            total += item.price
        if item.colour is Colour.GREEN and item.colour.name == "GREEN":
            total += item.colour.value
    return total


class Node:
    def __init__(self, key):
        self.key, self.left, self.right = key, None, None


def search_tree(n):
    root, key, found = Node(500), 1, 0
    for _ in range(n):
        key = key * 75 % 65537
        node = root
        while node.key != key:
            following = node.left if key < node.key else node.right
            if following is None:
                following = Node(key)
                if key < node.key:
                    node.left = following
                else:
                    node.right = following
            node = following
        found += node.left is not None
        if key & 1023 == 0:
            root = Node(key)
    return found
