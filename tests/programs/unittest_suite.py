"""A small suite with every kind of outcome, mocks, subtests and asynchronous cases."""
import asyncio
import os
import re
import subprocess
import sys

SUITE = '''
import asyncio, unittest, warnings
from unittest import mock

class Kinds(unittest.TestCase):
    @classmethod
    def setUpClass(cls): print("class up")
    @classmethod
    def tearDownClass(cls): print("class down")
    def setUp(self): self.addCleanup(print, "clean")
    def test_ok(self): self.assertEqual([1], [1])
    def test_fail(self): self.assertEqual({"a": [1, 2, 3], "b": "text"}, {"a": [1, 2, 4], "b": "test"})
    def test_long(self): self.assertMultiLineEqual("one\\ntwo\\nthree\\n", "one\\n2\\nthree\\n")
    def test_list(self): self.assertListEqual(list(range(20)), [*range(10), 99, *range(11, 20)])
    def test_set(self): self.assertSetEqual({1, 2}, {2, 3})
    def test_error(self): [][3]
    def test_cause(self):
        try: {}["k"]
        except KeyError as e: raise ValueError("v") from e
    @unittest.skip("why")
    def test_skip(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail()
    @unittest.expectedFailure
    def test_unexpected(self): pass
    def test_sub(self):
        for i in range(4):
            with self.subTest(i=i): self.assertTrue(i % 2, "even")
    def test_raises(self):
        with self.assertRaisesRegex(ZeroDivisionError, "by zero"): 1 / 0
        with self.assertRaises(KeyError): pass
    def test_logs(self):
        import logging
        with self.assertLogs("x", "INFO") as c: logging.getLogger("x").warning("w %d", 1)
        print(c.output)
    def test_warns(self):
        with self.assertWarns(DeprecationWarning): warnings.warn("old", DeprecationWarning)
    def test_almost(self): self.assertAlmostEqual(1.0, 1.00001, places=7)

class Mocks(unittest.TestCase):
    def test_mock(self):
        m = mock.MagicMock(return_value=3)
        m.a.b(1, k=2)
        print(m(), len(m), m[1], m.mock_calls)
        m.a.b.assert_called_with(2)
    @mock.patch("os.getcwd", return_value="/x")
    def test_patch(self, getcwd):
        import os
        self.assertEqual(os.getcwd(), "/x")
        getcwd.assert_called_once_with()
    def test_spec(self):
        s = mock.create_autospec(dict.fromkeys)
        with self.assertRaises(TypeError): s()
    def test_open(self):
        with mock.patch("builtins.open", mock.mock_open(read_data="a\\nb")) as o:
            with open("f") as f: print(f.read())
        o.assert_called_once_with("f")

class Async(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self): await asyncio.sleep(0)
    async def test_ok(self): self.assertEqual(await asyncio.sleep(0, 5), 5)
    async def test_fail(self):
        await asyncio.sleep(0)
        self.assertIn(1, [2])
    async def test_mock(self):
        m = mock.AsyncMock(side_effect=[1, KeyError("k")])
        print(await m())
        await m()

def load_tests(loader, tests, pattern):
    tests.addTest(unittest.FunctionTestCase(lambda: None, description="function"))
    return tests

if __name__ == "__main__":
    unittest.main()
'''


def blot(text):
    text = re.sub(r"0x[0-9a-f]+|id='\d+'", "ID", re.sub(r"in [\d.]+s", "in N s", text))
    # Futures and tasks have no frames where they are written in C.
    return re.sub(r'  File "[^"]*/asyncio/(?:futures|tasks)\.py".*\n    .*\n(?: +[~^]+\n)?', "", text)


def run(*args):
    done = subprocess.run([sys.executable, *args], capture_output=True, text=True)
    print(done.returncode, blot(done.stdout), blot(done.stderr), sep="\n")


with open("test_kinds.py", "w") as file:
    file.write(SUITE)
run("test_kinds.py")
run("-m", "unittest", "-v", "-b")
run("-m", "unittest", "-f", "-k", "Async*", "--locals", "test_kinds")
run("-m", "unittest", "test_kinds.Nothing")
run("-m", "unittest", "--help")
