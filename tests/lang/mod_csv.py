# _csv: reader, writer, dialects, errors.
import csv, io


def err(fn, *args, **kw):
    try:
        return fn(*args, **kw)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


def written(row, **options):
    out = io.StringIO()
    csv.writer(out, **options).writerow(row)
    return out.getvalue()


print(list(csv.reader(io.StringIO('a,"c ""q"" d"\r\n1,\n"x\ny",z\n\n'))))  # expect: [['a', 'c "q" d'], ['1', ''], ['x\ny', 'z'], []]
print(list(csv.reader(["1,2.5,'a'"], quoting=csv.QUOTE_NONNUMERIC, quotechar="'")))  # expect: [[1.0, 2.5, 'a']]
print(repr(written([1, 'a b', 'c,d', 'e"f', None, 2.5, ''])))  # expect: '1,a b,"c,d","e""f",,2.5,\r\n'
print(repr(written([''])), repr(written(['x\ny'], lineterminator='!')))  # expect: '""\r\n' 'x\ny!'
print(list(csv.DictReader(io.StringIO('a,b\n1,2\n3\n'))))  # expect: [{'a': '1', 'b': '2'}, {'a': '3', 'b': None}]
print(sorted(csv.list_dialects()))  # expect: ['excel', 'excel-tab', 'unix']
print(err(csv.reader, [], delimiter='xx'))  # expect: TypeError: "delimiter" must be a 1-character string
print(err(list, csv.reader(['"a"b'], strict=True)))  # expect: Error: ',' expected after '"'
print(err(list, csv.reader([b'a'])))  # expect: Error: iterator should return strings, not bytes (the file should be opened in text mode)
print(err(csv.get_dialect, 'zz'))  # expect: Error: unknown dialect
print(err(csv.reader, [], foo=1))  # expect: TypeError: 'foo' is an invalid keyword argument for this function
