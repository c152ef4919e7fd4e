"""Work that can wait until the answer is on its way."""

from collections.abc import Callable


def after_sending(response, work: Callable[[], None]) -> None:
    """Call `work` when the server closes the response: whoever asked has the answer by then.

    It runs in the thread of the request, before its database connection goes back; an error in it is swallowed.
    Django keeps such a list for uploaded files and gives it no public name; this is the only place that says it.
    """
    response._resource_closers.append(work)


def hand_over(response, other) -> None:
    """Let what waits for `response` wait for `other`, which is sent in its place."""
    other._resource_closers += response._resource_closers
