"""A small suite under pytest: fixtures, parameters, marks, rewritten assertions, captured output, an own plug-in."""
import re
import subprocess
import sys

SUITE = '''
import pytest, sys, warnings

@pytest.fixture(scope="module")
def resource():
    print("make")
    yield {"a": 1}
    print("drop")

@pytest.fixture(params=[1, "two"], ids=str)
def each(request): return request.param

def test_ok(resource): assert resource == {"a": 1}
def test_each(each, resource): assert each
@pytest.mark.parametrize("x, y", [(1, 2), pytest.param(3, 4, id="big"), pytest.param(0, 0, marks=pytest.mark.xfail(reason="zero"))])
def test_params(x, y): assert x < y
def test_compare():
    left, right = {"k": [1, 2, 3], "same": 1}, {"k": [1, 5, 3], "same": 1}
    assert left == right
def test_text(): assert "one\\ntwo\\nthree" == "one\\n2\\nthree"
def test_set(): assert {1, 2} == {2, 3}
def test_in(): assert "x" in [c for c in "abc"], "message"
def test_call():
    def f(n): return n * 2
    assert f(3) + f(1) == 9 and True
def test_raises():
    with pytest.raises(ValueError, match="inv.*") as info: int("x")
    assert info.type is ValueError
def test_not_raised():
    with pytest.raises(KeyError): pass
def test_warns():
    with pytest.warns(UserWarning): warnings.warn("w")
def test_error(missing): pass
def test_deep():
    def inner(n): return inner(n - 1) if n else 1 / n
    inner(2)
def test_output(capsys):
    print("out"); print("err", file=sys.stderr)
    assert capsys.readouterr() == ("out\\n", "err\\n")
def test_printed():
    print("shown"); assert False
def test_tmp(tmp_path, monkeypatch):
    (tmp_path / "f").write_text("t"); monkeypatch.setenv("X", "1")
    assert (tmp_path / "f").read_text() == "t"
def test_approx(): assert 0.1 + 0.2 == pytest.approx(0.3)
@pytest.mark.skipif(True, reason="never")
def test_skip(): pass
@pytest.mark.xfail(strict=True)
def test_strict(): pass
class TestClass:
    @classmethod
    def setup_class(cls): cls.n = 3
    def test_n(self): assert self.n == 3
    def test_long(self): assert list(range(50)) == list(range(49)) + [0]
def test_log(caplog):
    import logging
    logging.warning("w %s", 1); assert caplog.messages == ["w 1"]
'''
with open("test_suite.py", "w") as file:
    file.write(SUITE)
with open("conftest.py", "w") as file:
    file.write("import pytest\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n    out = yield\n    out.get_result().hooked = True\n"
               "def pytest_terminal_summary(terminalreporter):\n    terminalreporter.write_line('summary of conftest')\n")
for args in (["-v"], ["-q", "--tb=short", "-k", "deep or compare"], ["-x", "-q", "--tb=native"], ["--collect-only", "-q"], ["-q", "--durations=0", "-k", "nothing"],
             ["--fixtures", "-q"], ["-q", "--tb=line", "-rA"], ["-l", "-q", "-k", "call"]):
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *args], capture_output=True, text=True)
    print(args, done.returncode, re.sub(r"in \d+\.\d+s|platform linux.*|\[gw\d\]|plugins: .*", "...", done.stdout), done.stderr, sep="\n")
