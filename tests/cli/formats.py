# SPDX-License-Identifier: GPL-2.0-or-later
"""Read what check printed in its formats, each by the rules of its ecosystem.

    formats.py agree FOLDER...   FOLDER/FORMAT and FOLDER/FORMAT.status of one host say the same
    formats.py labels            standard input: lines of nfd are labels; prints their values
"""
import json
import pathlib
import re
import sys
from datetime import datetime

SEVERITIES = ["note", "warning", "unmeasured", "failure"]
VERDICTS = ["ready", "warnings", "not-ready", "unmeasured", "not-bound"]
STATUSES = dict(zip(VERDICTS, [0, 1, 2, 3, 0]))
STATES = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]
DEVICE_STATES = ["assigned", "keep", "blocked", "in-use", "unknown", "ready", "bound", "available"]

# https://www.monitoring-plugins.org/doc/guidelines.html, 'label'=value[UOM];[warn];[crit];[min];[max]
NUMBER = r"-?[0-9]+(\.[0-9]+)?"
RANGE = rf"@?((~|{NUMBER})?:)?({NUMBER})?"
PERFDATA = re.compile(
    rf"(?P<label>[^'= ]+|'([^'=]|'')+')=(?P<value>{NUMBER})(us|ms|s|%|B|KB|MB|TB|c)?"
    rf"(;({RANGE})?(;({RANGE})?(;({NUMBER})?(;({NUMBER})?)?)?)?)?")

# Kubernetes: names (without the namespace) and values of labels.
NAME = re.compile(r"[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?")
VALUE = re.compile(r"([A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?")

SAMPLE = re.compile(r'(?P<name>[a-z_]+)(\{(?P<labels>[^}]*)\})? (?P<value>[0-9]+)')
LABEL = re.compile(r'([a-z_]+)="([-_.a-z0-9]*)"')


def plain(text):
    """Text without control characters, and nothing but ASCII."""
    assert text.endswith("\n")
    assert re.fullmatch(r"[\n -~]*", text), ascii(text)
    return text


def nagios(text):
    lines = plain(text).splitlines()
    assert len(text) < 4096
    state, perfdata = lines[0].split(" | ")
    numbers = {}
    for word in perfdata.split(" "):
        match = PERFDATA.fullmatch(word)
        assert match, word
        numbers[match["label"]] = int(match["value"])
    assert not any("|" in line for line in [state] + lines[1:])
    state = re.match(r"VFIODIAG (OK|WARNING|CRITICAL|UNKNOWN) - .", state)[1]
    return {
        "status": STATES.index(state),
        "host": numbers["host_status"],
        "states": {word: numbers[f"devices_{word}"] for word in DEVICE_STATES},
        "severities": [numbers[word] for word in ["notes", "warnings", "unmeasured", "failures"]],
        "checked": numbers["checked_groups"],
        "groups": numbers["groups"],
    }, lines[1:]


def prometheus(text):
    samples, typed = {}, set()
    for line in plain(text).splitlines():
        if line.startswith("# TYPE "):
            assert line.split()[2] not in typed, f"{line} again"
            typed.add(line.split()[2])
        if line.startswith("#"):
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        assert match["name"] in typed, line
        labels = dict(LABEL.findall(match["labels"] or ""))
        key = (match["name"], *sorted(labels.values()))
        assert key not in samples, line
        samples[key] = int(match["value"])
    return samples


def labels(text):
    found = {}
    assert len(text) <= 65536
    for number, line in enumerate(plain(text).splitlines()):
        if line.startswith("# +expiry-time=") and number == 0:
            datetime.strptime(line.partition("=")[2], "%Y-%m-%dT%H:%M:%SZ")
            continue
        name, equals, value = line.partition("=")
        assert equals and NAME.fullmatch(name) and VALUE.fullmatch(value), line
        assert name not in found, line
        found[name] = value
    return found


def of_json(report):
    severities = [finding["severity"] for finding in report["findings"]]
    verdicts = [subject["verdict"] for subject in report["subjects"]]
    return {
        "status": STATUSES[report["verdict"]],
        "host": report["host_verdict"],
        "states": report["states"],
        "verdict": report["verdict"],
        "severities": [severities.count(word) for word in SEVERITIES],
        "subjects": len(verdicts),
        "checked": [verdicts.count(word) for word in VERDICTS],
        "groups": len(report["groups"]),
        "findings": sorted({(finding["id"], finding["severity"]) for finding in report["findings"]
                            if finding["severity"] != "ok"}),
        "properties": report["properties"],
    }


def is_ready(expected):
    """No host of which nothing is bound is ready."""
    bound = sum(expected["states"][word] for word in ["assigned", "ready", "bound"])
    return expected["verdict"] == "ready" and bound > 0


def same(what, one, other):
    assert one == other, f"{what}: {one}, and in JSON {other}"


def agree_nagios(text, expected):
    found, findings = nagios(text)
    same("status", found["status"], expected["status"])
    same("host", found["host"], STATUSES[expected["host"]])
    same("states", found["states"], expected["states"])
    same("severities", found["severities"], expected["severities"])
    same("groups", found["groups"], expected["groups"])
    same("checked groups", found["checked"], expected["subjects"])
    left_out = re.fullmatch(r"([0-9]+) more findings? omitted", (findings or [""])[-1])
    told = len(findings) - 1 + int(left_out[1]) if left_out else len(findings)
    same("lines", told, sum(expected["severities"]))


def agree_prometheus(text, expected):
    samples = prometheus(text)
    same("status", samples["vfiodiag_check_status",], expected["status"])
    for word in VERDICTS:
        same(word, samples["vfiodiag_check_verdict", word], int(word == expected["verdict"]))
        same(f"host {word}", samples["vfiodiag_host_verdict", word], int(word == expected["host"]))
    same("states", {word: samples["vfiodiag_device_states", word] for word in DEVICE_STATES},
         expected["states"])
    same("severities", [samples["vfiodiag_findings", word] for word in SEVERITIES],
         expected["severities"])
    same("checked groups", [samples["vfiodiag_checked_groups", word] for word in VERDICTS],
         expected["checked"])
    same("groups", samples["vfiodiag_iommu_groups",], expected["groups"])
    findings = {key[1:]: value for key, value in samples.items() if key[0] == "vfiodiag_finding"}
    same("findings", sorted(findings), sorted(tuple(sorted(pair)) for pair in expected["findings"]))
    same("sum of findings", sum(findings.values()), sum(expected["severities"]))
    same("properties", {key[1:] for key in samples if key[0] == "vfiodiag_property_info"},
         {tuple(sorted(pair)) for pair in expected["properties"].items()})


def agree_nfd(text, expected):
    found = labels(text)
    same("verdict", found["vfiodiag.verdict"], expected["verdict"])
    same("ready", found["vfiodiag.ready"], str(is_ready(expected)).lower())
    same("host", found["vfiodiag.host"], expected["host"])
    same("states", {word: int(found[f"vfiodiag.devices.{word}"]) for word in DEVICE_STATES},
         expected["states"])
    same("checked groups", [int(found[f"vfiodiag.groups.{word}"]) for word in VERDICTS],
         expected["checked"])
    prefix = "vfiodiag.property."
    same("properties", {key[len(prefix):]: found[key] for key in found if key.startswith(prefix)},
         expected["properties"])
    worst = {}
    for name, severity in expected["findings"]:
        if SEVERITIES.index(severity) > SEVERITIES.index(worst.get(name, "note")):
            worst[name] = severity
    prefix = "vfiodiag.finding."
    same("findings", {key[len(prefix):]: found[key] for key in found if key.startswith(prefix)},
         worst)


def agree_facts(text, expected):
    facts = json.loads(plain(text))
    counts = facts["counts"]
    same("verdict", facts["verdict"], expected["verdict"])
    same("status", facts["status"], expected["status"])
    same("ready", facts["ready"], is_ready(expected))
    same("host", facts["host_verdict"], expected["host"])
    same("states", facts["states"], expected["states"])
    same("severities", [counts[word] for word in ["notes", "warnings", "unmeasured", "failures"]],
         expected["severities"])
    same("findings", sorted({(finding["id"], finding["severity"]) for finding in facts["findings"]}),
         expected["findings"])
    same("number of findings", len(facts["findings"]), sum(expected["severities"]))
    verdicts = [group["verdict"] for group in facts["groups"]]
    same("checked groups", [verdicts.count(word) for word in VERDICTS], expected["checked"])
    same("groups", counts["groups"], expected["groups"])
    same("properties", facts["properties"], expected["properties"])


def agree(folder):
    """Every format of one host against its JSON, and every exit status against that of text."""
    texts = {path.stem: path.read_text() for path in folder.glob("*.out")}
    statuses = {path.stem: int(path.read_text()) for path in folder.glob("*.status")}
    report = json.loads(texts["json"])
    expected = of_json(report)
    devices = [device for group in report["groups"] for device in group["devices"]]
    devices += report["ungrouped"]
    states = [device["state"] for device in devices]
    same("states", {word: states.count(word) for word in DEVICE_STATES}, expected["states"])
    assert all(device["reason"] for device in devices)
    same("status of text", statuses["text"], expected["status"])
    for name, status in statuses.items():
        same(f"status of {name}", status, 0 if name == "facts" else statuses["text"])
    assert texts["jsonl"].count("\n") == 1
    same("jsonl", json.loads(plain(texts["jsonl"])), report)
    agree_nagios(texts["nagios"], expected)
    agree_prometheus(texts["prometheus"], expected)
    agree_nfd(texts["nfd"], expected)
    agree_facts(texts["facts"], expected)
    return expected["verdict"]


def main():
    if sys.argv[1] == "labels":
        print("\n".join(f"{name} {value}" for name, value in labels(sys.stdin.read()).items()))
        return
    for folder in map(pathlib.Path, sys.argv[2:]):
        try:
            print(agree(folder))
        except (AssertionError, KeyError, ValueError) as problem:
            sys.exit(f"{folder.name}: {problem!r}")


main()
