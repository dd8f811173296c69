# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""After boot the machine holds exactly the specification.

The boot word `snapshot` makes the kernel print every thread, every capability that a thread can
reach, and every mapping, before the first component runs. Names are compared by what they stand
for: one object of the specification must be one object in memory wherever it occurs, and two
objects two, so the comparison is exact without knowing where the loader put anything.
"""

import os
import re

import pytest
from conftest import build

RIGHTS = {"r": "R", "w": "W", "g": "G", "p": "P"}
# Retype types and the words of the dump.
WORDS = {"endpoint": "endpoint", "notification": "notification", "tcb": "thread", "cnode": "cnode",
         "pml4": "pml4", "ept_pml4": "ept_pml4", "vcpu": "vcpu", "untyped": "untyped",
         "frame4K": "frame", "frame2M": "frame", "irq": "irq_handler", "ports": "io_port",
         "pdpt": "pdpt", "pd": "page_directory", "pt": "page_table", "ept_pdpt": "ept_pdpt",
         "ept_pd": "ept_pd", "ept_pt": "ept_pt", "iospace": "io_space", "asid_pool": "asid_pool"}
FRAME = {"frame4K": 0x1000, "frame2M": 0x200000}


class Object:
    def __init__(self, name, kind, words):
        self.name, self.kind, self.count, self.place = name, kind, 1, None
        self.bits = 0
        for index, word in enumerate(words):
            if re.fullmatch(r"x\d+", word):
                self.count = int(word[1:])
            elif word == "at":
                self.place = words[index + 1]
            elif word == "bits":
                self.bits = int(words[index + 1])


def span(text):
    """name[a..b] -> (name, a, b)."""
    name, _, rest = text.partition("[")
    first, _, last = rest.rstrip("]").partition("..")
    return name, int(first or 0), int(last or first or 0)


def options(words, known):
    """Words of a thread statement as {option: [values]}."""
    found, at = {}, 0
    while at < len(words):
        count = known[words[at]]
        found[words[at]] = words[at + 1:at + 1 + count]
        at += 1 + count
    return found


THREAD = {"cspace": 1, "vspace": 1, "ipc": 2, "fault": 1, "notification": 1, "vcpu": 1, "ept": 1,
          "run_page": 1, "prio": 1, "mcp": 1, "domain": 1, "affinity": 1, "suspended": 0,
          "no_fpu": 0, "entry": 1, "rip": 1, "rsp": 1, "args": 4}


class Specification:
    """app.capspec."""

    def __init__(self, path):
        self.objects, self.threads, self.slots, self.maps = {}, {}, {}, {}
        self.irqs = []
        with open(path, encoding="ascii") as file:
            for line in file:
                words = line.split()
                getattr(self, "read_" + words[0], lambda words: None)(words[1:])

    def read_specification(self, words):
        assert words == ["1", "linked"]

    def read_object(self, words):
        self.objects[words[0]] = Object(words[0], words[1], words[2:])
        if words[1] == "cnode":
            self.slots[words[0]] = {}

    def read_cap(self, words):
        cnode, slot, _ = span(words[0])
        name, first, last = span(words[1])
        badge = int(words[4], 0) if len(words) > 4 and words[3] == "badge" else 0
        for index in range(first, last + 1):
            self.slots[cnode][slot + index - first] = (name, index, words[2], badge)

    def read_map(self, words):
        space, address = words[0].split("@")
        name, first, last = span(words[1])
        size = FRAME.get(self.objects[name].kind)
        for index in range(first, last + 1 if size else first):
            vaddr = int(address, 0) + (index - first) * size
            self.maps.setdefault(space, {})[vaddr] = (name, index, size, words[2])

    def read_irq(self, words):
        self.irqs.append((words[0], words[1], int(words[3], 0)))

    def read_thread(self, words):
        self.threads[words[0]] = options(words[1:], THREAD)


class Dump:
    """What the kernel printed between `snapshot begin` and `snapshot end`."""

    def __init__(self, lines):
        self.threads, self.cnodes, self.spaces, self.irqs = {}, {}, {}, {}
        current = None
        for line in lines:
            irq = re.match(r"irq (\d+) notification 0x([0-9a-f]+) (\S+) badge 0x([0-9a-f]+)", line)
            if irq:
                self.irqs[irq[1]] = (int(irq[2], 16), irq[3], int(irq[4], 16))
            elif not line.startswith(" "):
                kind, address, *rest = line.split(" ", 2)
                current = self.begin(kind, int(address, 16), rest[0] if rest else "")
            else:
                self.add(current, line.strip())

    def begin(self, kind, address, rest):
        if kind == "thread":
            name = re.match(r'"([^"]*)" priority (\d+) mcp (\d+)', rest)
            self.threads[name[1]] = {"thread": address, "prio": name[2], "mcp": name[3]}
            return self.threads[name[1]]
        table = {"cnode": self.cnodes, "vspace": self.spaces, "ept": self.spaces}[kind]
        table[address] = {}
        return table[address]

    @staticmethod
    def add(current, text):
        slot = re.match(r"\[0x([0-9a-f]+)\] (.*)", text)
        run = re.match(r"0x([0-9a-f]+)\+0x([0-9a-f]+) frame 0x([0-9a-f]+) page 0x([0-9a-f]+) (\S+)",
                       text)
        if slot:
            current[int(slot[1], 16)] = slot[2]
        elif run:
            start, length, frame, page = (int(run[i], 16) for i in range(1, 5))
            for offset in range(0, length, page):
                current[start + offset] = (frame + offset, page, run[5])
        else:
            word, _, rest = text.partition(" ")
            current[word] = rest


class Same:
    """Which object of the specification is which thing in memory, both ways."""

    def __init__(self):
        self.memory, self.names = {}, {}

    def check(self, name, index, kind, thing):
        key, value = (name, index), (kind, thing)
        assert self.memory.setdefault(key, value) == value, f"{key}: {self.memory[key]}, {value}"
        assert self.names.setdefault(value, key) == key, f"{value}: {self.names[value]}, {key}"


def read_cap(text):
    """(type word, object identity, rest of the line)."""
    words = text.split()
    if words[0] in ("irq_handler", "io_port"):
        return words[0], words[2], words[3:]
    has_object = len(words) > 1 and words[1].startswith("0x")
    return words[0], int(words[1], 16) if has_object else 0, words[2:]


def compare_cap(spec, same, held, text):
    name, index, rights, badge = held
    target = spec.objects[name]
    kind, thing, rest = read_cap(text)
    assert kind == WORDS[target.kind], f"{name}: {text}"
    same.check(name, index, kind, thing)
    if kind in ("endpoint", "notification"):
        letters = "rwgp" if kind == "endpoint" else "rw"
        wanted = "".join(RIGHTS[r] if r in rights else "-" for r in letters).ljust(4, "-")
        assert rest == [wanted, "badge", f"0x{badge:x}"], f"{name}: {text}"
    elif kind == "frame":
        wanted = "".join(RIGHTS[r] if r in rights else "-" for r in "rw") + "--"
        assert rest[:3] == ["size", f"0x{FRAME[target.kind]:x}", wanted], f"{name}: {text}"
        # what a component holds is a copy of its own: unmapped
        assert "at" not in rest, f"{name}: {text}"
    elif kind == "untyped":
        assert rest[:2] == ["bits", str(target.bits)], f"{name}: {text}"
    elif kind == "io_port":
        first, last = re.fullmatch(r"ports\((\w+)-(\w+)\)", target.place).groups()
        assert thing == f"0x{int(first, 0):x}-0x{int(last, 0):x}", f"{name}: {text}"


def compare_threads(spec, dump, same):
    loader = [name for name in dump.threads if name not in spec.threads]
    assert loader == [""], f"threads beyond the specification: {loader}"
    assert set(spec.threads) == set(dump.threads) - {""}
    for name, wanted in spec.threads.items():
        seen = dump.threads[name]
        same.check(name, 0, "thread", seen["thread"])
        assert [seen["prio"], seen["mcp"]] == wanted["prio"] + wanted["mcp"], name
        for option, word in (("cspace", "cspace"), ("vspace", "vspace"), ("ept", "ept_root"),
                             ("ipc", "ipc_buffer"), ("run_page", "run_page")):
            assert (option in wanted) == (word in seen), f"{name}: {option}"
            if option in wanted:
                target, index, _ = span(wanted[option][0])
                kind, thing, _ = read_cap(seen[word])
                assert kind == WORDS[spec.objects[target].kind], f"{name}: {seen[word]}"
                same.check(target, index, kind, thing)
        bits = spec.objects[wanted["cspace"][0]].bits
        assert seen["cspace"].endswith(f"radix {bits} guard 0x0/{64 - bits}"), name
        assert int(seen["fault_handler"], 16) == int(wanted.get("fault", ["0"])[0]), name
        assert ("notification" in wanted) == ("bound_notification" in seen), name
        if "notification" in wanted:
            same.check(wanted["notification"][0], 0, "notification",
                       int(seen["bound_notification"], 16))


def compare_cspaces(spec, dump, same):
    for name, slots in spec.slots.items():
        seen = dump.cnodes[same.memory[(name, 0)][1]]
        assert set(seen) == set(slots), f"{name}: slots differ: {set(seen) ^ set(slots)}"
        for slot, held in slots.items():
            compare_cap(spec, same, held, seen[slot])


def compare_spaces(spec, dump, same):
    for name, wanted in spec.maps.items():
        kind, address = same.memory[(name, 0)]
        seen = dump.spaces[address]
        assert set(seen) == set(wanted), f"{name}: addresses differ"
        for vaddr, (frame, index, size, rights) in wanted.items():
            paddr, page, letters = seen[vaddr]
            assert page == size, f"{name}@{vaddr:#x}"
            same.check(frame, index, "frame", paddr)
            execute = "x" in rights or kind == "ept_pml4"  # nested pages execute always
            text = "R" + ("W" if "w" in rights else "-") + ("X" if execute else "-")
            assert letters == text, f"{name}@{vaddr:#x}: {letters}, specified {text}"
    assert len(dump.spaces) == len(spec.maps) + 1  # and the loader's


def compare_irqs(spec, dump, same):
    """Every bound interrupt signals what it was bound to, and no other is bound."""
    handlers = {}
    for cnode in dump.cnodes.values():
        for text in cnode.values():
            kind, thing, _ = read_cap(text)
            if kind == "irq_handler":
                handlers[thing] = True
    assert set(handlers) >= set(dump.irqs)
    assert len(dump.irqs) == len(spec.irqs)
    for irq, notification, badge in spec.irqs:
        _, number = same.memory[(irq, 0)]
        assert dump.irqs[number][1:] == ("-W--", badge), irq
        same.check(notification, 0, "notification", dump.irqs[number][0])


def compare_places(spec, same):
    for (name, index), (_, thing) in same.memory.items():
        target = spec.objects[name]
        if target.kind in FRAME and target.place and target.place.startswith("0x"):
            assert thing == int(target.place, 0) + index * FRAME[target.kind], name


def compare_custody(spec, dump):
    """Only the suspended loader names custody, and all it keeps otherwise is itself."""
    top = dump.cnodes[read_cap(dump.threads[""]["cspace"])[1]]
    initial = read_cap(top[0])[1]
    custody = {read_cap(text)[1] for slot, text in top.items() if slot}
    named = set()
    for thread, seen in dump.threads.items():
        todo = [] if thread == "" else [read_cap(seen["cspace"])[1]]
        while todo:
            cnode = todo.pop()
            if cnode not in named:
                named.add(cnode)
                todo += [read_cap(text)[1] for text in dump.cnodes[cnode].values()
                         if text.startswith("cnode")]
    assert not named & (custody | {initial})
    loader = dump.threads[""]["thread"]
    for cnode in named:
        for text in dump.cnodes[cnode].values():
            assert read_cap(text)[:2] != ("thread", loader)
    for text in dump.cnodes[initial].values():
        assert read_cap(text)[0] not in ("untyped", "irq_control", "asid_control", "domain",
                                         "io_port_control", "io_space"), text
    # every object once: what custody keeps is what was specified, and copies for mappings
    kept = [read_cap(text)[:2] for cnode in custody for text in dump.cnodes[cnode].values()]
    for kind in ("thread", "cnode", "endpoint", "pml4", "vcpu", "ept_pml4", "page_table"):
        specified = sum(o.count for o in spec.objects.values() if WORDS[o.kind] == kind)
        assert len({thing for word, thing in kept if word == kind}) == specified, kind
    moved = sum(1 for slots in spec.slots.values() for held in slots.values()
                if spec.objects[held[0]].kind == "untyped")
    untyped = sum(o.count for o in spec.objects.values() if o.kind == "untyped")
    assert sum(1 for word, _ in kept if word == "untyped") == untyped - moved


def compare(spec, dump):
    same = Same()
    compare_threads(spec, dump, same)
    compare_cspaces(spec, dump, same)
    compare_spaces(spec, dump, same)
    compare_irqs(spec, dump, same)
    compare_places(spec, same)
    compare_custody(spec, dump)


def snapshot(boot, app):
    """The dump of a freshly booted application, and a function that reads its specification."""
    console = boot(app, kernel_args="snapshot")
    text = console.expect(r"snapshot begin\r*\n(?s:(.*?))snapshot end", 120)
    dump = Dump([line.rstrip("\r") for line in text[1].split("\n") if line.strip()])
    path = os.path.join(os.path.dirname(build(app)), "app.capspec")
    return dump, lambda: Specification(path)


@pytest.mark.parametrize("app", ["minimal", "multi"])
def test_machine_equals_specification(boot, app):
    dump, specification = snapshot(boot, app)
    compare(specification(), dump)


def change_rights(spec):
    name, index, rights, badge = spec.slots["client_cnode"][1]
    spec.slots["client_cnode"][1] = (name, index, rights + "w", badge)


def change_badge(spec):
    slots = spec.slots["client_cnode"]
    slot = next(s for s, held in slots.items() if held[3])
    slots[slot] = slots[slot][:3] + (slots[slot][3] + 1,)


def swap_threads(spec):
    slots = spec.slots["client_cnode"]
    slots[2], slots[5] = slots[5], slots[2]


def share_other_memory(spec):
    maps = spec.maps["logger_vspace"]
    maps[0x20014000] = ("greeter_0_control_stack", 0) + maps[0x20014000][2:]


def write_protect(spec):
    maps = spec.maps["client_vspace"]
    maps[0x20001000] = maps[0x20001000][:3] + ("r",)


# Names alone are no difference: two private objects swapped would be the same isolation.
DIFFERENCES = [lambda spec: spec.slots["client_cnode"].pop(1), change_rights, change_badge,
               swap_threads, share_other_memory, write_protect,
               lambda spec: spec.maps["logger_vspace"].popitem(),
               lambda spec: spec.threads.popitem()]


def test_any_difference_is_noticed(boot):
    dump, specification = snapshot(boot, "hello")
    compare(specification(), dump)
    for difference in DIFFERENCES:
        spec = specification()
        difference(spec)
        with pytest.raises((AssertionError, KeyError)):
            compare(spec, dump)
