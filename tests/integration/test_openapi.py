#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""openapi.yaml against the routes of the program, both ways: paths, methods, roles, bodies, fields."""
import os
import re
import subprocess
import unittest

import harness

SOURCE = os.path.join(harness.TOP, "daemon", "api", "openapi.yaml")
METHODS = ("get", "put", "post", "delete")


def scalar(text):
    """A plain or double-quoted scalar, or a list of them in brackets."""
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        return [scalar(item) for item in text[1:-1].split(",") if item.strip()]
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1]
    return {"true": True, "false": False, "null": None}.get(text, text)


class Reader:
    """The subset of YAML that openapi.yaml keeps to: mappings and lists by indentation, scalars on one line, |."""

    def __init__(self, text):
        lines = [line.rstrip() for line in text.split("\n")]
        self.lines = [(len(line) - len(line.lstrip()), line.strip(), number)
                      for number, line in enumerate(lines, 1) if line.strip() and not line.strip().startswith("#")]
        self.place = 0

    def block(self, indent):
        """What begins at the place, indented so."""
        if self.lines[self.place][1].startswith("- "):
            return self.sequence(indent)
        return self.mapping(indent)

    def sequence(self, indent):
        items = []
        while self.place < len(self.lines) and self.lines[self.place][0] == indent:
            depth, text, number = self.lines[self.place]
            if not text.startswith("- "):
                raise ValueError("line %d: an item of a list is expected" % number)
            # The item's first line goes on as a block of its own, two columns further in.
            self.lines[self.place] = (depth + 2, text[2:], number)
            if re.match(r"[^\"\[ ]+:( |$)", text[2:]):
                items.append(self.mapping(indent + 2))
            else:
                items.append(scalar(text[2:]))
                self.place += 1
        return items

    def mapping(self, indent):
        members = {}
        while self.place < len(self.lines) and self.lines[self.place][0] == indent:
            _, text, number = self.lines[self.place]
            match = re.match(r'("[^"]*"|[^\s:"][^:]*):(?: (.*))?$', text)
            if not match:
                raise ValueError("line %d: a member is expected: %s" % (number, text))
            key = scalar(match.group(1))
            if key in members:
                raise ValueError("line %d: %s stands there twice" % (number, key))
            self.place += 1
            members[key] = self.value(indent, match.group(2), number)
        if self.place < len(self.lines) and self.lines[self.place][0] > indent:
            raise ValueError("line %d: indented too far" % self.lines[self.place][2])
        return members

    def value(self, indent, text, number):
        deeper = self.place < len(self.lines) and self.lines[self.place][0] > indent
        if text == "|":
            words = []
            while self.place < len(self.lines) and self.lines[self.place][0] > indent:
                words.append(self.lines[self.place][1])
                self.place += 1
            return "\n".join(words)
        if text:
            return scalar(text)
        if not deeper:
            raise ValueError("line %d: nothing follows" % number)
        return self.block(self.lines[self.place][0])


def read_document():
    with open(SOURCE, encoding="utf-8") as file:
        reader = Reader(file.read())
    document = reader.block(0)
    if reader.place != len(reader.lines):
        raise ValueError("line %d: not understood" % reader.lines[reader.place][2])
    return document


def resolve(document, node):
    while "$ref" in node:
        target = document
        for part in node["$ref"].lstrip("#/").split("/"):
            target = target[part]
        node = target
    return node


def described(document):
    """(METHOD, path) → (roles, body, {field: required}) as openapi.yaml says."""
    calls = {}
    for path, item in document["paths"].items():
        for method, call in item.items():
            fields = {}
            for parameter in call.get("parameters", []):
                if parameter["in"] == "query":
                    fields[parameter["name"]] = parameter.get("required", False)
            body = "-"
            if "requestBody" in call:
                (media, content), = call["requestBody"]["content"].items()
                body = "json" if media == "application/json" else media
                if body == "json":
                    schema = resolve(document, content["schema"])
                    for name in schema["properties"]:
                        fields[name] = name in schema.get("required", [])
            calls[method.upper(), path] = (sorted(call["x-roles"]), body, fields)
    return calls


def routed():
    """The same as the program says."""
    program = os.path.join(os.environ["PRINTROOM_PREFIX"], "sbin", "printroomd")
    calls = {}
    for line in subprocess.run([program, "--routes"], check=True, stdout=subprocess.PIPE,
                               encoding="utf-8").stdout.splitlines():
        method, path, roles, body, fields = line.split("\t")
        fields = {} if fields == "-" else {name.rstrip("*"): name.endswith("*") for name in fields.split(",")}
        calls[method, path] = (sorted(roles.split(",")), body, fields)
    return calls


class OpenApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = read_document()
        cls.described = described(cls.document)
        cls.routed = routed()

    def test_every_route_is_described(self):
        self.assertGreater(len(self.routed), 10)
        self.assertEqual(sorted(set(self.routed) - set(self.described)), [])

    def test_every_description_is_routed(self):
        self.assertEqual(sorted(set(self.described) - set(self.routed)), [])

    def test_roles_bodies_and_fields(self):
        for call in sorted(set(self.routed) & set(self.described)):
            with self.subTest(call=call):
                self.assertEqual(self.described[call], self.routed[call])

    def test_references_lead_somewhere(self):
        def walk(node):
            if isinstance(node, dict):
                resolve(self.document, node)
                node = list(node.values())
            if isinstance(node, list):
                for item in node:
                    walk(item)
        walk(self.document)

    def test_calls_are_whole(self):
        for path, item in self.document["paths"].items():
            for method, call in item.items():
                with self.subTest(path=path, method=method):
                    self.assertIn(method, METHODS)
                    self.assertTrue(call["summary"])
                    self.assertIn("default", call["responses"])
                    in_path = [parameter["name"] for parameter in call.get("parameters", [])
                               if parameter["in"] == "path"]
                    self.assertEqual(in_path, re.findall(r"{(\w+)}", path))

    def test_schemas_have_what_they_require(self):
        for name, schema in self.document["components"]["schemas"].items():
            with self.subTest(schema=name):
                self.assertLessEqual(set(schema.get("required", [])), set(schema.get("properties", {})))


if __name__ == "__main__":
    harness.main()
