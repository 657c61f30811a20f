"""A real kernel without a front end, for tests of what notebook cells do."""

from __future__ import annotations

from contextlib import contextmanager

from jupyter_client.manager import start_new_kernel

LATEST = 60
"""Seconds after which a wait fails. It only prevents that a broken test hangs."""


class Kernel:
    """Runs cells and keeps the messages that the front end would get."""

    def __init__(self, client):
        self._client = client
        self.messages = []

    def run(self, code, cell="cell"):
        """Run a cell with this id, and return the text that it printed and its value."""
        session, channel = self._client.session, self._client.shell_channel
        message = session.msg(
            "execute_request",
            {"code": code, "silent": False, "store_history": True, "user_expressions": {}},
        )
        message["metadata"] = {"cellId": cell}
        channel.send(message)
        printed = ""
        while True:
            reply = self._client.get_iopub_msg(timeout=LATEST)
            self.messages.append(reply)
            kind, content = reply["msg_type"], reply["content"]
            if kind == "stream":
                printed += content["text"]
            elif kind == "execute_result":
                printed += content["data"]["text/plain"]
            elif kind == "error":
                raise AssertionError("\n".join(content["traceback"]))
            elif (
                kind == "status"
                and content["execution_state"] == "idle"
                and reply["parent_header"].get("msg_id") == message["header"]["msg_id"]
            ):
                return printed

    def press(self, model_id, kind):
        """Send what the view sends when a button is pressed."""
        session, channel = self._client.session, self._client.shell_channel
        data = {"method": "custom", "content": {"type": kind}}
        channel.send(session.msg("comm_msg", {"comm_id": model_id, "data": data}))

    def batches(self):
        """Return what the panel was told so far, oldest first."""
        data = [one["content"]["data"] for one in self.messages if one["msg_type"] == "comm_msg"]
        return [one["content"] for one in data if one.get("method") == "custom"]


@contextmanager
def started_kernel():
    """Start a kernel in another process, and end it with the block."""
    manager, client = start_new_kernel()
    try:
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
