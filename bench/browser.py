"""What a phone on a slow network sees: largest paint, layout shift, bytes. Chromium with its own throttling."""

import statistics
from dataclasses import dataclass

from playwright.sync_api import sync_playwright

from scripts import chromium

# "Slow 4G" of the budgets: 150 ms round trip, 1.6 Mbit/s, a processor four times slower than this one.
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
SLOWER = 4
PHONE = {"width": 360, "height": 740}
REPEATS = 5

OBSERVE = """
window.__lcp = 0; window.__cls = 0;
new PerformanceObserver(list => { for (const entry of list.getEntries()) window.__lcp = entry.startTime })
  .observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver(list => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__cls += entry.value })
  .observe({type: "layout-shift", buffered: true});
"""


@dataclass
class Visit:
    """The median of several first visits. Bytes are compressed, as they cross the network."""

    lcp_s: float
    cls: float
    first_bytes: int  # the page, its style and its script, without headers
    all_bytes: int  # everything, with headers


def visit(port, paths) -> dict[str, Visit]:
    """Open each path as a first visitor would, several times by turns: a slow moment of the machine is not one page's.

    Returns the medians by path.
    """
    visits = {path: [] for path in paths}
    with sync_playwright() as playwright:
        for _repeat in range(REPEATS):
            for path in paths:
                visits[path].append(_once(playwright, f"http://127.0.0.1:{port}{path}"))
    return {
        path: Visit(*(statistics.median(values) for values in zip(*seen, strict=True)))
        for path, seen in visits.items()
    }


def _once(playwright, address):
    browser = playwright.chromium.launch(executable_path=chromium.find_or_fail(), args=list(chromium.FLAGS))
    try:
        context = browser.new_context(viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True)
        page = context.new_page()
        cdp = context.new_cdp_session(page)
        cdp.send("Network.enable")
        cdp.send("Network.emulateNetworkConditions", NETWORK)
        cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        kinds, heads, sizes = {}, {}, {}

        def note(event):
            kinds[event["requestId"]] = event["type"]
            heads[event["requestId"]] = event["response"]["encodedDataLength"]

        cdp.on("Network.responseReceived", note)
        cdp.on(
            "Network.loadingFinished",
            lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
        )
        page.add_init_script(OBSERVE)
        page.goto(address, wait_until="networkidle")
        lcp, cls = page.evaluate("[window.__lcp / 1000, window.__cls]")
        first = sum(
            size - heads[number]
            for number, size in sizes.items()
            if kinds.get(number) in {"Document", "Stylesheet", "Script"}
        )
        return lcp, cls, first, sum(sizes.values())
    finally:
        browser.close()
