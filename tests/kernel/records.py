# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""The exit records of test_vcpu_records.c: every machine must tell a VMM the same.

A record is one line `# record GUEST.NUMBER key=value...`. Left out of it from the start, because
they are no part of the neutral ABI or differ by their nature: hw_reason (the processor's own
number), tsc, and the bytes of the instruction, which few processors supply.
"""

PREFIX = "# record "

# Differences that the ABI allows: key, the records (their beginning), the reason, and a rule on the
# two values. "?" is what the test prints for what the processor does not tell.
ALLOWED = [
    ("next", "", "next_rip is 0 where the processor does not know the next instruction",
     lambda a, b: "?" in (a, b)),
    ("gpr", "modes.", "CR8 exits name the register with VT-x or decode assist only",
     lambda a, b: "?" in (a, b)),
    ("shadow", "shadows.3", "SVM has one kind of shadow, told as STI; this one is of MOV SS",
     lambda a, b: {a, b} == {"1", "2"}),
    ("access", "modes.12", "a locked INC reads and writes: which of the two faults first is open",
     lambda a, b: {a, b} <= {"1", "2", "3"}),
    ("access", "walk.", "a walk writes the tables where EPT or NPT keeps accessed bits, else it reads",
     lambda a, b: {a, b} <= {"1", "2", "3"}),
    ("event", "triple_fault.", "the fault that started it may be told; the guest is gone anyway",
     lambda a, b: "0" in (a, b)),
    ("flags", "triple_fault.", "RF is set when the fault is delivered, which never ends",
     lambda a, b: {a, b} == {"2", "10002"}),
]

# Faults of one emulator: its name (a prefix of the machine's; "" stands for QEMU), and as above.
EMULATOR_FAULTS = [
    ("bochs-ryzen", "cr2", "", "Bochs does not load CR2 at VMRUN: the host's stays",
     lambda a, b: "0" in (a, b)),
    ("", "shadow", "shadows.0", "QEMU forgets a shadow if a host interrupt arrives in it",
     lambda a, b: {a, b} == {"0", "1"}),
]


def parse(line):
    """(name, {key: value}) of a record's line."""
    name, *words = line[len(PREFIX):].split()
    return name, dict(word.split("=", 1) for word in words)


def is_allowed(name, key, values, pair=()):
    """True if the ABI allows these two values, or an emulator of the pair makes them."""
    rules = list(ALLOWED)
    for machine in pair:
        rules += [rule for emulator, *rule in EMULATOR_FAULTS
                  if (machine.startswith(emulator) if emulator else not machine.startswith("bochs"))]
    return any(key == allowed and name.startswith(start) and rule(*values)
               for allowed, start, _, rule in rules)


def differences(reference, machine, pair=()):
    """Texts of what differs; {name: {key: value}} of two machines, and the names of both."""
    found = []
    guests = {name.split(".")[0] for name in machine}
    for name in reference:
        # A guest that a machine cannot run is skipped there by name; a record never is.
        if name.split(".")[0] in guests and name not in machine:
            found.append(f"{name}: missing")
    for name, record in machine.items():
        expected = reference.get(name)
        if expected is None:
            found.append(f"{name}: one exit too many")
            continue
        for key in sorted(set(record) | set(expected)):
            one, other = expected.get(key, "-"), record.get(key, "-")
            if one != other and not is_allowed(name, key, (one, other), pair):
                found.append(f"{name}: {key} is {other}, not {one}")
    return found


def compare(machines):
    """Prints differences from the machine with most records; machines: {machine: records}.

    Returns (equal machines, different machines).
    """
    full = {name: records for name, records in machines.items() if records}
    if len(full) < 2:
        return 0, 0
    reference = max(full, key=lambda name: len(full[name]))
    good = bad = 0
    for name, records in full.items():
        if name == reference:
            continue
        found = differences(full[reference], records, (reference, name))
        good, bad = good + (not found), bad + bool(found)
        guests = len({record.split(".")[0] for record in records})
        print(f"{name}: {len(records)} exit records of {guests} guests "
              f"{'differ from' if found else 'are'} those of {reference}", flush=True)
        for text in found:
            print(f"{name}: not ok - exit record {text}", flush=True)
    return good, bad
