"""The signal that something must be asked over the network first."""

from concurrent.futures import Future


class NeedsFetch(Exception):  # a signal, not an error
    """
    An identity provider is being asked; wait for `done`, and run again.

    `done` says only that there is an answer, good or bad, which the next run finds.
    """

    def __init__(self, done: "Future[None]") -> None:
        super().__init__()
        self.done = done
