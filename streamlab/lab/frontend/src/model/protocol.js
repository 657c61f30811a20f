/**
 * The messages between the kernel and the view, as types. `streamlab/lab/protocol.py` declares the
 * same types for the kernel, and a test compares both.
 *
 * The kernel sends a `Batch` with binary buffers. The view sends `{ type: "ack", seq }` for each
 * batch, and `{ type: "snapshot" }` when it needs everything again; see `Link`.
 *
 * Times are nanoseconds since the run began. Offsets are bytes since the body began.
 */

/** @typedef {"shown" | "beside"} ChannelName  "beside": the exchange that is compared with the shown one */
/** @typedef {"idle" | "running" | "waiting" | "done"} State */
/** @typedef {"streamed" | "buffered" | "truncated" | "failed" | "stopped" | "empty" | "inconclusive"} Outcome */
/** @typedef {[start_ns: number, end_ns: number | null]} Span  when a request context was active */
/** @typedef {[lane: number, start: number, rows: number, time_ns: number, end: number, located: boolean]} Part  time and end: of the first row */
/** @typedef {[time_ns: number, kind: string, text: string]} EventMark */
/** @typedef {[time_ns: number, text: string, stream: string]} PrintedLine  stdout or stderr */
/** @typedef {[name: string, value: string]} Variable */
/** @typedef {"" | "complete" | "FIN" | "RST" | "left" | "error"} WireEnd  "left": by the client */

/**
 * @typedef Run
 * @property {number} id
 * @property {string} method
 * @property {string} path
 * @property {boolean} stream_with_context
 * @property {null | number | "step"} pace  seconds, or "step"
 * @property {number | null} time_limit  seconds after which the client leaves
 * @property {string[]} lanes  in the order in which bytes pass them
 * @property {string[]} middleware  the names of the layers
 * @property {string} server
 * @property {boolean} external  another client sent the request: its lane stays empty
 */

/**
 * @typedef SourceText
 * @property {string} title
 * @property {"python" | "jinja"} kind
 * @property {number} first  the number of the text's first line in its file
 * @property {string} text
 */

/**
 * @typedef Location
 * @property {number} source  an index in `sources`
 * @property {number} line
 */

/**
 * @typedef Verdict
 * @property {Outcome} outcome
 * @property {string | null} culprit  what held or broke the response
 * @property {string} text
 * @property {string} advice  what to change, with code to copy; "" if that is not known
 */

/**
 * @typedef HttpHead
 * @property {number} status_code
 * @property {string} reason
 * @property {[name: string, value: string][]} headers
 */

/**
 * @typedef Wire
 * @property {number} size  how many bytes the client has received, framing included
 * @property {string} framing  what marks the end of the body: "chunked", "length" (Content-Length),
 *   "close" (the end of the connection), "none" (no body), or "" before the headers
 * @property {WireEnd} end  "" while the connection is open
 * @property {string} how  the same in sentences
 */

/**
 * @typedef TracebackEntry
 * @property {string} file
 * @property {number} line
 * @property {string} name
 * @property {string} code
 * @property {boolean} own  the user's code, not a library's
 */

/**
 * @typedef Fix
 * @property {string} title  such as "Wrap it"
 * @property {string} code  to copy: the changed functions as a whole, if they are known
 * @property {string} change  to show: the lines of the code that are new
 */

/**
 * @typedef Failure
 * @property {string} last  the last line of the traceback
 * @property {string} sentence  what happened and why
 * @property {Fix[]} fixes  none if it is not known what to change
 * @property {string} advice  the same as a text of several lines
 * @property {TracebackEntry[]} traceback
 */

/**
 * @typedef Batch
 * @property {"batch"} type
 * @property {ChannelName} channel
 * @property {number} seq  one more than that of the batch before
 * @property {boolean} reset  the batch has everything: forget what came before
 * @property {Run} run
 * @property {Part[]} parts  how buffers[0] divides into lanes; rows from `start` on replace the
 *   known ones; see `decodeRows`
 * @property {[start: number] | null} body  the offset of buffers[1] in the body
 * @property {[start: number] | null} page  the offset of buffers[2] in the decoded bytes that the
 *   client received
 * @property {[start: number] | null} tail  the offset of buffers[3] in the body; sent at the end,
 *   if the middle of the body is not kept
 * @property {[start: number] | null} raw  the offset of buffers[4] in the response as the client
 *   received it, head and framing included: at most the first 64 KiB; see `wire-parts.js`
 * @property {[start: number] | null} raw_tail  the offset of buffers[5], its last 4 KiB; sent at
 *   the end if the response was longer
 * @property {number} page_size  how many bytes the client has received
 * @property {number[]} totals  the number of chunks of each lane; a long lane merges its rows
 * @property {number[]} strides  chunks in a row, for each lane
 * @property {string[]} recoded  the lanes with other bytes than the lane before
 * @property {number[]} heads  how many bytes a content coding puts before all content, for each
 *   lane
 * @property {string[]} holders  for each lane, the name of what holds bytes that have not reached
 *   it
 * @property {boolean} send_confirmed  the server reports when it sends, so a client that reads late
 *   holds nothing
 * @property {SourceText[]} [sources]
 * @property {Location | null} at  where the generator is suspended
 * @property {Variable[]} locals  the generator's variables while it waits in step mode, at most 20
 * @property {Location | null} error_line
 * @property {Span[]} [spans]
 * @property {EventMark[]} [events]
 * @property {number} events_from  how many of the known events stay before `events`
 * @property {PrintedLine[]} [output]  what the app printed, a line each
 * @property {number} output_from  how many of the known lines stay before `output`
 * @property {number} now
 * @property {State} state
 * @property {string} status  the sentence in the first line
 * @property {Verdict | null} verdict
 * @property {HttpHead | null} http
 * @property {Wire | null} wire  null if another client sent the request
 * @property {Failure | null} error
 */

export {};
