"""Notices after a commit: never the reason that somebody waits."""

import asyncio
from time import monotonic

from wards import events


class SwallowingLayer:
    """A channel layer behind a network that takes everything and answers nothing."""

    async def group_send(self, group, message):
        await asyncio.sleep(3600)


def test_a_network_that_answers_nothing_holds_up_no_change(monkeypatch, caplog):
    monkeypatch.setattr(events, "get_channel_layer", SwallowingLayer)
    monkeypatch.setattr(events, "SEND_TIMEOUT", 0.05)
    began = monotonic()

    events.publish_ward_changed(1)

    assert monotonic() - began < 2
    assert "channel layer lost" in caplog.text
