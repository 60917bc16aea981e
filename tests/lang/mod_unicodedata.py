# unicodedata, \N{...}, namereplace: Unicode 14 and 3.2.0.
import unicodedata as u


def err(text):
    """What an expression gives, or its exception."""
    try:
        return ascii(eval(text))
    except Exception as e:
        return f"{type(e).__name__}: {e}"


old = u.ucd_3_2_0
print(err('u.unidata_version, old.unidata_version'))  # expect: ('14.0.0', '3.2.0')
print(err("[u.category(c) for c in 'aA1 \\u0378\\ud800\\ue000\\U0001fae0']"))  # expect: ['Ll', 'Lu', 'Nd', 'Zs', 'Cn', 'Cs', 'Co', 'So']
print(err("[old.category(c) for c in 'a\\u1b00\\U0001fae0\\u0221']"))  # expect: ['Ll', 'Cn', 'Cn', 'Cn']
print(err("[u.bidirectional(c) for c in 'a\\u05d0\\u0661\\u2066\\u2069\\u0378'], old.bidirectional('+'), u.bidirectional('+')"))  # expect: (['L', 'R', 'AN', 'LRI', 'PDI', ''], 'ET', 'ES')
print(err("[u.combining(c) for c in 'a\\u0301\\u0323\\u3099'], [u.mirrored(c) for c in '(a\\u0f3a'], old.mirrored('\\u0f3a')"))  # expect: ([0, 230, 220, 8], [1, 0, 1], 0)
print(err("[u.east_asian_width(c) for c in 'a\\u3000\\uff41\\u4e00\\u00a1\\u00ad'], old.east_asian_width('\\u231a')"))  # expect: (['Na', 'F', 'F', 'W', 'A', 'A'], 'N')
print(err("[u.decomposition(c) for c in 'a\\u00e9\\u00bd\\ufb01\\uac00']"))  # expect: ['', '0065 0301', '<fraction> 0031 2044 0032', '<compat> 0066 0069', '']
print(err("u.decimal('\\u0665'), u.digit('\\u00b2'), u.numeric('\\u00bd'), u.numeric('\\u4e07'), u.decimal('x', None), old.decimal('\\u00b2')"))  # expect: (5, 2, 0.5, 10000.0, None, 2)
print(err("u.decimal('a')"))  # expect: ValueError: not a decimal
print(err("u.digit('a')"))  # expect: ValueError: not a digit
print(err("u.numeric('ab')"))  # expect: TypeError: numeric() argument 1 must be a unicode character, not str
print(err('u.category(1)'))  # expect: TypeError: category() argument must be a unicode character, not int
print(err("[u.name(c) for c in 'a\\u4e00\\uac05\\U0001fae0\\u0300']"))  # expect: ['LATIN SMALL LETTER A', 'CJK UNIFIED IDEOGRAPH-4E00', 'HANGUL SYLLABLE GANJ', 'MELTING FACE', 'COMBINING GRAVE ACCENT']
print(err("u.name('\\0')"))  # expect: ValueError: no such name
print(err("u.name('\\0', 7), old.name('\\U0001fae0', None)"))  # expect: (7, None)
print(err("u.lookup('latin small letter a'), u.lookup('HANGUL SYLLABLE GANJ'), u.lookup('CJK UNIFIED IDEOGRAPH-9FFF')"))  # expect: ('a', '\uac05', '\u9fff')
print(err("u.lookup('NBSP'), u.lookup('keycap digit one'), u.lookup(b'SPACE')"))  # expect: ('\xa0', '1\ufe0f\u20e3', ' ')
print(err("u.lookup('hangul syllable ga')"))  # expect: KeyError: "undefined character name 'hangul syllable ga'"
print(err("u.lookup('SPACE ')"))  # expect: KeyError: "undefined character name 'SPACE '"
print(err("u.lookup('x' * 300)"))  # expect: KeyError: 'name too long'
print(err("old.lookup('NBSP')"))  # expect: KeyError: "undefined character name 'NBSP'"
print(err("u.normalize('NFD', '\\u1e69\\uac01'), u.normalize('NFC', 's\\u0307\\u0323\\u1100\\u1161\\u11a8')"))  # expect: ('s\u0323\u0307\u1100\u1161\u11a8', '\u1e69\uac01')
print(err("u.normalize('NFKD', '\\ufb01\\u00bd\\u2460'), u.normalize('NFKC', '\\uff21\\u0301'), u.normalize('NFC', '\\ud800a\\u0301')"))  # expect: ('fi1\u204421', '\xc1', '\ud800\xe1')
print(err("old.normalize('NFC', '\\U0002f868'), u.normalize('NFC', '\\U0002f868')"))  # expect: ('\U0002136a', '\u36fc')
print(err("u.is_normalized('NFC', 'e\\u0301'), u.is_normalized('NFD', 'e\\u0301'), u.is_normalized('X', '')"))  # expect: (False, True, True)
print(err("u.normalize('X', 'a')"))  # expect: ValueError: invalid normalization form
print(err("u.normalize('NFC', 1)"))  # expect: TypeError: normalize() argument 2 must be str, not int
print(err('u.UCD()'))  # expect: TypeError: cannot create 'unicodedata.UCD' instances
print(err("'\\N{LATIN SMALL LETTER E WITH ACUTE}\\N{nbsp}\\N{VARIATION SELECTOR-17}'"))  # expect: '\xe9\xa0\U000e0100'
print(err('eval(r"\'\\N{KEYCAP DIGIT ONE}\'")'))  # expect: SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-19: unknown Unicode character name (<string>, line 1)
print(err('eval(r"\'\\N{no such}\'")'))  # expect: SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-10: unknown Unicode character name (<string>, line 1)
print(err("'e\\u0301\\U0001fae0\\ue000'.encode('ascii', 'namereplace')"))  # expect: b'e\\N{COMBINING ACUTE ACCENT}\\N{MELTING FACE}\\ue000'
print(err("br'\\N{EURO SIGN}'.decode('unicode-escape')"))  # expect: '\u20ac'
print(err("br'\\N{EURO}'.decode('unicode-escape')"))  # expect: UnicodeDecodeError: 'unicodeescape' codec can't decode bytes in position 0-7: unknown Unicode character name
