#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes trace-vectors.inc from the description in daemon/vault/trace-token.h, with Python's hashlib and base64."""
import base64
import hashlib

KEY = bytes(range(32))


def mac(domain, message):
    return hashlib.blake2b(domain.encode() + b"\0" + message, key=KEY, digest_size=32).digest()


def text(site, job, copy, page):
    code = (site << 68 | job << 36 | copy << 20 | page) << 4
    number = (code >> 4) << 96 | int.from_bytes(mac("printroom trace token 1", code.to_bytes(11, "big"))[:12], "big")
    # 180 bits are 36 characters; base64.b32encode() wants 200 bits.
    return "PR1:" + base64.b32encode((number << 20).to_bytes(25, "big")).decode()[:36]


key_id = mac("printroom trace key id 1", b"")[:16]
print("/* Made by trace-vectors.py. */")
for code in [(0x1234, 1, 1, 1), (0xffff, 0xffffffff, 0xffff, 0xfffff), (0, 0, 0, 0), (0x8001, 4711, 12, 250)]:
    print("{{%d, %dU, %d, %d}, \"%s\"}," % (*code, text(*code)))
print("#define TRACE_VECTOR_ID   \"%s\"" % key_id.hex())
print("#define TRACE_VECTOR_SITE 0x%s" % key_id[:2].hex())
