#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a page looks like in a real browser, as JSON.

    browser.py PAGE.html [EXPRESSION]

Opens the page in a headless Chromium, driven through the pipe of its DevTools, and prints:

    title       of the document
    overflow    for each width and medium: elements that reach beyond the page, by their outer HTML
    requests    all that was asked for, the page itself left out
    complaints  of the page in the console, and what its policy forbade
    colors      of the page and its text, in light and in dark
    pages       of paper (A4) that the page takes when it is printed
    value       of EXPRESSION
"""
import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

CHROMIUM = os.environ.get("CHROMIUM", "chromium")
OPTIONS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
    --disable-background-networking --disable-component-update --disable-sync --disable-extensions
    --disable-dev-shm-usage --remote-debugging-pipe""".split()
WIDTHS = (1280, 400)

# Elements that reach beyond the page, and texts of drawings that reach beyond theirs.
OVERFLOW = """(() => {
    const page = document.documentElement;
    const found = page.scrollWidth > page.clientWidth ? [`page ${page.scrollWidth}`] : [];
    for (const element of document.body.querySelectorAll('*')) {
        const box = element.getBoundingClientRect();
        if (box.right > page.clientWidth + 0.5 || box.left < -0.5)
            found.push(element.outerHTML.slice(0, 120));
        const drawing = element.closest('svg.space');
        if (drawing && box.right > drawing.getBoundingClientRect().right + 0.5)
            found.push('drawing: ' + element.outerHTML.slice(0, 120));
    }
    return found.slice(0, 5);
})()"""

COLORS = """[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"""


class Browser:
    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="vfiodiag-browser-")
        to_child, self.write_end = os.pipe()
        self.read_end, from_child = os.pipe()
        # The browser reads its descriptor 3 and writes 4.
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec 3<&{to_child} 4>&{from_child}; exec "$@"', "bash", CHROMIUM,
             *OPTIONS, f"--user-data-dir={self.profile}", "about:blank"],
            pass_fds=(to_child, from_child), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_child)
        os.close(from_child)
        self.buffer = b""
        self.number = 0
        self.session = None
        self.events = []

    def receive(self):
        while b"\0" not in self.buffer:
            data = os.read(self.read_end, 1 << 16)
            if not data:
                raise SystemExit("the browser ended")
            self.buffer += data
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, event):
        while not any(seen.get("method") == event for seen in self.events):
            self.events.append(self.receive())

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return result["result"].get("value")

    def attach(self):
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page["targetId"],
                                 flatten=True)["sessionId"]

    def close(self):
        self.session = None
        self.call("Browser.close")
        self.process.wait(timeout=30)
        shutil.rmtree(self.profile, ignore_errors=True)


def overflow(browser):
    found = {}
    for width in WIDTHS:
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900,
                     deviceScaleFactor=1, mobile=width < 600)
        for medium in ("screen", "print"):
            browser.call("Emulation.setEmulatedMedia", media=medium)
            found[f"{width} {medium}"] = browser.evaluate(OVERFLOW)
    browser.call("Emulation.setEmulatedMedia", media="")
    return found


def colors(browser):
    found = {}
    for scheme in ("light", "dark"):
        browser.call("Emulation.setEmulatedMedia",
                     features=[{"name": "prefers-color-scheme", "value": scheme}])
        found[scheme] = browser.evaluate(COLORS)
    return found


def pages(browser):
    printed = browser.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69,
                           preferCSSPageSize=True)
    return len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed["data"])))


def look(browser, page, expression):
    browser.attach()
    for domain in ("Page", "Network", "Runtime", "Log"):
        browser.call(f"{domain}.enable")
    browser.call("Page.navigate", url=page)
    browser.wait_for("Page.loadEventFired")
    seen = {
        "title": browser.evaluate("document.title"),
        "overflow": overflow(browser),
        "colors": colors(browser),
        "pages": pages(browser),
        "value": browser.evaluate(expression),
    }
    requests = [event["params"]["request"]["url"] for event in browser.events
                if event.get("method") == "Network.requestWillBeSent"]
    seen["requests"] = [url for url in requests if url != page]
    seen["page_was_asked_for"] = page in requests
    seen["complaints"] = [event["params"] for event in browser.events
                          if event.get("method") in ("Log.entryAdded", "Runtime.consoleAPICalled",
                                                     "Runtime.exceptionThrown")]
    return seen


def main():
    page = pathlib.Path(sys.argv[1]).resolve().as_uri()
    browser = Browser()
    try:
        seen = look(browser, page, sys.argv[2] if len(sys.argv) > 2 else "null")
    finally:
        browser.close()
    print(json.dumps(seen, indent=2))


main()
