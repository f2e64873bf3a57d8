# SPDX-License-Identifier: GPL-2.0
"""Validates lines of JSON on standard input against the schema in a file, and counts them."""
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as f:
    schema = json.load(f)
jsonschema.Draft202012Validator.check_schema(schema)
defs = schema["$defs"]
# Which of the alternatives a line is meant to be, so that the message says what is wrong with it.
events = {e["properties"]["event"].get("const"): e for e in defs["event"]["oneOf"]}


def validator(part):
    return jsonschema.Draft202012Validator({**part, "$defs": defs})


whole = validator(schema)
count = 0
for number, text in enumerate(sys.stdin, 1):
    line = json.loads(text)
    if not whole.is_valid(line):
        kind = line.get("type")
        part = events.get(line.get("event"), events[None]) if kind == "event" else defs.get(kind)
        if part is None:
            sys.exit(f"line {number}: there is no such line: {text}")
        for error in validator(part).iter_errors(line):
            print(f"line {number}: {error.json_path}: {error.message}")
        sys.exit(f"line {number} is not valid: {text}")
    count += 1
print(count)
