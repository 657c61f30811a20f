/**
 * What the kernel sends, as types. One kind of message goes each way:
 * the kernel sends `Batch`es, the view asks for a snapshot.
 *
 * Times are nanoseconds since the run's start; offsets are bytes since the body's start.
 */

/** @typedef {"idle" | "running" | "waiting" | "done"} State */
/** @typedef {"streamed" | "buffered" | "truncated" | "failed" | "stopped" | "empty" | "inconclusive"} Outcome */

/**
 * @typedef Run
 * @property {number} id
 * @property {string} method
 * @property {string} path
 * @property {boolean} stream_with_context
 * @property {null | number | "step"} pace  seconds, or "step"
 * @property {string[]} lanes  in the order in which bytes pass them
 * @property {string[]} [middleware]  the names of the layers
 * @property {string} [server]
 * @property {boolean} [external]  the request came from another client: its lane stays empty
 */

/**
 * @typedef Source
 * @property {string} title
 * @property {"python" | "jinja"} kind
 * @property {number} first  the number of the text's first line in its file
 * @property {string} text
 */

/** @typedef {{ source: number, line: number }} Location */
/** @typedef {[start_ns: number, end_ns: number | null]} Span */
/** @typedef {[time_ns: number, kind: string, text: string]} EventMark */
/** @typedef {{ outcome: Outcome, lane: string | null, text: string }} Verdict */
/** @typedef {{ status: number, reason: string, headers: [string, string][] }} HttpHead */
/** @typedef {{ file: string, line: number, name: string, code: string, own: boolean }} Frame */
/** @typedef {{ last: string, advice: string, frames: Frame[] }} Failure */

/**
 * @typedef Batch
 * @property {"batch"} type
 * @property {number} seq  one more than the batch before
 * @property {boolean} reset  true: all that is known, forget the rest
 * @property {Run} run
 * @property {[lane: number, start: number, n: number][]} counts  how buffers[0] divides into lanes;
 *   rows from `start` on that are there already are replaced
 * @property {[start: number] | null} body  where buffers[1] belongs in the body
 * @property {[start: number] | null} [page]  where buffers[2] belongs in what a browser has got and
 *   decoded
 * @property {[start: number] | null} [tail]  where buffers[3] belongs in the body: its end, which is
 *   sent when all has come, where not all of the body is kept
 * @property {number} [page_size]  how many bytes the client has got
 * @property {number[]} [totals]  chunks a lane: rows of a long lane are merged
 * @property {number[]} [strides]  chunks a row, lane by lane
 * @property {string[]} [recoded]  the lanes whose bytes are others than those of the lane before
 * @property {number[]} [heads]  what a coding has put ahead of all content, in bytes, lane by lane
 * @property {string[]} [holders]  who has what has not come to a lane but has passed the one before
 * @property {boolean} [send_confirmed]  the server tells when it sends: a client that looks later
 *   holds nothing back
 * @property {Source[]} [sources]
 * @property {Location | null} at
 * @property {Location | null} error_line
 * @property {Span[]} [spans]
 * @property {EventMark[]} [events]
 * @property {number} now
 * @property {State} state
 * @property {string} status
 * @property {Verdict | null} verdict
 * @property {HttpHead | null} http
 * @property {Failure | null} error
 */

export {};
