"""Publishes docutils' own manuals as HTML, LaTeX, man page and pseudo-XML."""
import glob
import os
import sys
from library import digest
from docutils.core import publish_string

DOCS = "/usr/share/doc/docutils-doc/docs"
settings = {"_disable_config": True, "datestamp": None, "generator": None, "report_level": 5, "halt_level": 5,
            "embed_stylesheet": False, "stylesheet_path": "", "input_encoding": "utf-8", "output_encoding": "unicode"}
for pattern in sys.argv[1:]:
    for path in sorted(glob.glob(os.path.join(DOCS, pattern))):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for writer in ("html4css1", "html5_polyglot", "latex", "pseudoxml"):
            try:
                out = digest(publish_string(text, source_path=path, writer_name=writer, settings_overrides=settings))
            except NotImplementedError as error:
                out = error
            print(os.path.basename(path), writer, out)
text = """
Title
=====
:Author: nobody

A *list*:

1. one
2. two ``literal`` `link <http://example.org/>`_ [#]_

.. [#] note
.. table:: T

   == ==
   a  b
   == ==
   1  2
   == ==

.. code:: python

   def f(x): return x + 1

.. unknown:: x
"""
print(publish_string(text, writer_name="html5_polyglot", settings_overrides=settings))
print(publish_string(text, writer_name="pseudoxml", settings_overrides=settings))
