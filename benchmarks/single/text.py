"""Programs of strings, regular expressions, parsers and serialisers."""
import collections
import json
import pickle
import re

WORDS = """the quick brown fox jumps over the lazy dog while seven wizards quietly mix ten jugs of liquid oxygen and
pack my box with five dozen Liquor-Jugs; how vexingly quick daft zebras jump: The Five Boxing Wizards jump quickly""".split()


def sentences(count):
    return [" ".join(WORDS[(i * 7 + j * j) % len(WORDS)] for j in range(12)) for i in range(count)]


def word_count(n):
    lines = sentences(50)
    counts = collections.Counter()
    longest = ""
    for i in range(n):
        for word in lines[i % 50].split():
            word = word.strip(".,;:").lower()
            counts[word] += 1
            if len(word) > len(longest):
                longest = word
    return counts.most_common(5), longest


def formatting(n):
    size = 0
    for i in range(n):
        name, share = WORDS[i % len(WORDS)], i / 7
        size += len(f"{name:>12}|{i:08,d}|{share:10.3f}|{i!r:<6}|{name.upper()!s:^9}")
        size += len("%-10s %5d %6.2f %x" % (name, i, share, i))
        size += len("{0} and {1[0]} or {name:>{width}}".format(name, (i, 2), name=name, width=9))
        size += len(", ".join([name, str(i), str(share)]))
    return size


def characters(n):
    text = " ".join(WORDS)
    shift = {chr(97 + k): chr(97 + (k + 3) % 26) for k in range(26)}
    vowels = digits = 0
    out = ""
    for _ in range(n):
        built = []
        for c in text:
            if c in "aeiou":
                vowels += 1
            elif c.isalpha() and ord(c) > 110:
                digits += 1
            built.append(shift.get(c, c))
        out = "".join(built)
        if out[::-1].find("zlg") >= 0 and out.startswith("wkh"):
            vowels += 1
    return vowels, digits, out[:20]


def tables(n):
    header = "id,name,price,quantity\n"
    source = header + "".join(f"{i},{WORDS[i % len(WORDS)]},{i * 3 % 101}.50,{i % 9}\n" for i in range(100))
    total = 0.0
    for _ in range(n):
        rows = []
        names = None
        for line in source.splitlines():
            cells = line.split(",")
            if names is None:
                names = cells
                continue
            row = dict(zip(names, cells))
            row["total"] = float(row["price"]) * int(row["quantity"])
            rows.append(row)
        total += sum(row["total"] for row in rows)
        rendered = "\n".join("\t".join(str(row[k]) for k in ("id", "name", "total")) for row in rows)
        total += len(rendered)
    return total


TOKEN = re.compile(r"(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<op>[-+*/=<>!]=?)|(?P<space>\s+)|(?P<other>.)")
LOG = re.compile(r'^(\S+) - (\S+) \[([^\]]+)\] "(GET|POST) (/\S*) HTTP/1\.[01]" (\d{3}) (\d+|-)$')


def regex_tokens(n):
    source = "total_2 = alpha * (beta_1 + 31.5) - gamma / 7 if delta >= 12 else omega(3, x) # end"
    kinds = collections.Counter()
    for _ in range(n):
        for match in TOKEN.finditer(source):
            kinds[match.lastgroup] += len(match.group())
    return sorted(kinds.items())


def regex_logs(n):
    lines = [f'10.0.0.{i % 9} - user{i % 4} [26/Nov/2026:10:{i % 60:02d}:00] "GET /page/{i}?q={i * 3} HTTP/1.1" {200 + i % 3} {i * 17}' for i in range(40)]
    lines += ["broken line without any sense in it " * 2] * 5
    totals = collections.Counter()
    for i in range(n):
        line = lines[i % len(lines)]
        match = LOG.match(line)
        if match:
            host, user, _, _, path, status, size = match.groups()
            totals[host] += int(size)
            totals[status] += 1
            totals[re.sub(r"\d+", "N", path)] += 1
        elif re.search(r"any\s+(nonsense|sense)", line):
            totals["bad"] += 1
    return sorted(totals.items())[:5], totals["bad"]


class JsonReader:
    """A recursive-descent reader in plain Python."""

    def __init__(self, text):
        self.text, self.at = text, 0

    def skip(self):
        while self.at < len(self.text) and self.text[self.at] in " \n\t":
            self.at += 1

    def value(self):
        self.skip()
        c = self.text[self.at]
        if c == "{":
            return self.collection("}", {})
        if c == "[":
            return self.collection("]", [])
        if c == '"':
            return self.string()
        for word, value in (("true", True), ("false", False), ("null", None)):
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        return self.number()

    def collection(self, end, result):
        self.at += 1
        self.skip()
        while self.text[self.at] != end:
            if end == "}":
                self.skip()
                key = self.string()
                self.skip()
                self.at += 1
                result[key] = self.value()
            else:
                result.append(self.value())
            self.skip()
            if self.text[self.at] == ",":
                self.at += 1
        self.at += 1
        return result

    def string(self):
        self.at += 1
        start = self.at
        while self.text[self.at] != '"':
            self.at += 1
        self.at += 1
        return self.text[start:self.at - 1]

    def number(self):
        start = self.at
        while self.at < len(self.text) and self.text[self.at] in "+-.0123456789eE":
            self.at += 1
        word = self.text[start:self.at]
        return float(word) if "." in word else int(word)


def document(count):
    return {"items": [{"id": i, "name": WORDS[i % len(WORDS)], "price": i / 4, "tags": WORDS[i % 5:i % 5 + 3], "ok": i % 2 == 0, "more": None} for i in range(count)]}


def json_reader(n):
    text = json.dumps(document(12))
    result = None
    for _ in range(n):
        result = JsonReader(text).value()
    return len(result["items"]), result["items"][3]["tags"]


def serialise(n):
    data = document(30)
    size = 0
    for i in range(n):
        data["items"][0]["id"] = i
        text = json.dumps(data, sort_keys=True)
        again = json.loads(text)
        raw = pickle.dumps(again, protocol=4)
        size += len(text) + len(raw) + len(pickle.loads(raw)["items"])
    return size


def bytes_work(n):
    table = []
    for i in range(256):
        c = i
        for _ in range(8):
            c = (c >> 1) ^ 0xEDB88320 if c & 1 else c >> 1
        table.append(c)
    data = bytearray(" ".join(WORDS).encode())
    crc = 0
    for k in range(n):
        crc ^= 0xFFFFFFFF
        for b in data:
            crc = table[(crc ^ b) & 255] ^ (crc >> 8)
        crc ^= 0xFFFFFFFF
        data[k % len(data)] ^= crc & 15
    return crc, data.count(b"a"), bytes(data[:8]).hex()
