"""Whether a page is accessible and fits, asked in one way by all tests that ask."""

from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import DESKTOP, PHONE

# Only what is wrong is told; what is right, axe tells by default, node by node, for half of its time.
WRONG = {"resultTypes": ["violations"]}
# By night nothing but the colours differ.
COLOURS = {**WRONG, "runOnly": ["color-contrast"]}
_AXE = Axe()


def faults_of(page, *, context=None, widths=(PHONE, DESKTOP)) -> list[str]:
    """What is wrong with the page that is open, at these widths: too wide, or found by axe, by day and by night.

    Args:
        context: a selector, to look at a part alone.
    """
    # A page that a click has led to may have no body yet.
    page.wait_for_load_state("load")
    # axe judges no colour before a gradient: give it the end of ours that is nearer to the letters' own.
    # Django's own lists have none, nor its name.
    page.evaluate(
        "getComputedStyle(document.body).getPropertyValue('--air') && (document.body.style.background = 'var(--air)')"
    )
    faults = []
    for number, width in enumerate(widths):
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            faults.append(f"{page.url}: wider than {width}")
        page.emulate_media(color_scheme="light")
        faults += _found(page, context, WRONG, f"light, {width}")
        if number == 0:
            page.emulate_media(color_scheme="dark")
            faults += _found(page, context, COLOURS, f"dark, {width}")
    page.emulate_media(color_scheme="light")
    return faults


def _found(page, context, options, where):
    # Colours on their way from night to day are neither: Django's lists take 0.15 s for it.
    page.evaluate("document.getAnimations().forEach(animation => animation.finish())")
    return [
        f"{page.url} ({where}): {fault['id']}: {fault['help']} – {node['html'][:200]}"
        for fault in _AXE.run(page, context=context, options=options).response["violations"]
        for node in fault["nodes"][:3]
    ]
