r"""The HTTP/1 client: it sends one request and reads the response frame by frame.

It needs the standard library and `streamlab.clock` only. `streamlab.http1.protocol` is the
protocol without sockets: it takes bytes and gives out events. `streamlab.http1.client` connects it
to a socket and reports to an observer.

The protocol alone, as an example:

>>> from streamlab.http1.protocol import ClientProtocol
>>> protocol = ClientProtocol("GET", "/stream", host="localhost:5000")
>>> protocol.request
b'GET /stream HTTP/1.1\r\nHost: localhost:5000\r\nConnection: close\r\nAccept: */*\r\n\r\n'
>>> response, body = protocol.receive_data(
...     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n6\r\n World\r\n"
... )
>>> response.headers, body.frames
([('Transfer-Encoding', 'chunked')], [b'Hello', b' World'])
>>> protocol.status_code, protocol.complete, protocol.missing
(200, False, 'the end marker (an empty chunk)')
>>> protocol.receive_data(b"0\r\n\r\n")
[EndOfMessage(trailers=[])]
>>> protocol.complete
True
"""
