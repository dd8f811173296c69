# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""Just enough understanding of C sources for the house rules: no parser, brace matching."""

import re
from collections import namedtuple

Function = namedtuple("Function", "name line lines")
KEYWORDS = {"if", "for", "while", "switch", "do", "else", "return", "sizeof"}
TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)


def strip(text):
    """Comments and literals blanked, line structure kept."""
    def blank(match):
        word = match[0]
        if word[0] in "\"'":
            return word[0] + " " * (len(word) - 2) + word[0]
        return re.sub(r"[^\n]", " ", word)
    return TOKEN.sub(blank, text)


class CSource:
    """One C file."""

    def __init__(self, text):
        self.text = text
        self.stripped = strip(text)

    def conditionals(self):
        """Number of #if, #ifdef, #ifndef, include guards by #pragma once not among them."""
        return len(re.findall(r"^\s*#\s*(?:if|ifdef|ifndef)\b", self.stripped, re.M))

    def code_lines(self):
        return self.text.count("\n")

    def functions(self):
        """Function definitions: a `)` followed by `{` at nesting depth 0."""
        text = re.sub(r"^\s*#(?:[^\n\\]|\\.|\\\n)*", lambda m: re.sub(r"[^\n]", " ", m[0]),
                      self.stripped, flags=re.M)
        depth, start, name, begin = 0, None, None, 0
        for match in re.finditer(r"[{}]", text):
            if match[0] == "{":
                if depth == 0:
                    head = text[begin:match.start()]
                    call = re.search(r"(\w+)\s*\((?:[^()]|\([^()]*\))*\)[^;=]*$", head)
                    name = call[1] if call and call[1] not in KEYWORDS else None
                    start = match.start()
                depth += 1
            else:
                depth = max(depth - 1, 0)
                if depth == 0:
                    begin = match.end()
                    if name and name != "__attribute__":
                        line = text.count("\n", 0, start) + 1
                        yield Function(name, line, text.count("\n", start, match.end()) + 1)


DECLARATION = re.compile(
    r"^(?!typedef|struct \w+;|extern \"C\"|_Static_assert|union \w+;|enum \w+;|#|\}|static_assert)"
    r"[A-Za-z_][\w\s\*]*?\**\b(\w+)\s*(?:\([^;{]*\))?\s*(?:__attribute__\s*\(\([^)]*\)\)\s*)?[;{]", re.M)


def undocumented(text):
    """Functions and types of a public header without a doc comment just above.

    A comment block covers the run of declarations that follows it up to the next blank line.
    """
    stripped = strip(text)
    raw, lines = text.split("\n"), stripped.split("\n")
    depth, covered = 0, False
    for index, line in enumerate(lines):
        if depth == 0:
            if raw[index].lstrip().startswith("/**") or raw[index].lstrip().startswith("///"):
                covered = True
            elif not raw[index].strip():
                covered = False
            match = DECLARATION.match(line)
            trailing = "/**<" in raw[index] or "/*" in raw[index]
            if match and "(" in line and not covered and not trailing:
                yield index + 1, match[1]
        depth = max(depth + line.count("{") - line.count("}"), 0)
