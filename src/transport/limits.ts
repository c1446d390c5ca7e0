// Every limit on heads, bodies, times, connections and streams, with its unit and why it is what it is.

/** The limits of one gateway. Tests shorten times, so that they are proven without waiting. */
export type Limits = Readonly<Record<keyof typeof LIMITS, number>>;

export const LIMITS = Object.freeze({
  /** A head's size with the request line, in bytes; over it 431. Large cookies and a token of 8 KB fit. Node's default. */
  headBytesMax: 16 * 1024,
  /** Field lines of one request; over it 431. Browsers send about 20, chains of proxies add some 20. */
  fieldsMax: 100,
  /** Characters of a target; over it 414. RFC 9110 4.1 asks for at least 8,000. */
  targetLengthMax: 8 * 1024,

  /** From the first byte of a connection or the end of the last request to the end of a head: a slow head holds no more. */
  headersTimeoutMs: 20_000,
  /** For a whole request, head and body: a 1 MiB body at 30 KB a second fits, and large streamed uploads on slow lines. */
  requestTimeoutMs: 300_000,
  /**
   * What a chunked body may hold beside its content: so many bytes, and so many for each byte of content. A byte in a chunk of
   * its own takes five more, with a size of eight digits twelve. The first is room for trailers and what is pipelined behind.
   */
  chunkOverheadBytesMax: 128 * 1024,
  chunkOverheadFactorMax: 16,
  /**
   * All bodies together that are held until they are judged and sent on. Over it those that stall give way, then those of whoever holds
   * most, else the newcomer (`src/gateway/giving-way.ts`). Some 250 of the largest that the default allows. A body that is alone may be larger.
   */
  heldBodyBytesMax: 256 * 1024 * 1024,
  /**
   * All answers together that were given and wait for their clients; over it the oldest of which nothing is taken end. An answer
   * that is judged whole (`strip`) waits whole, any other up to 64 KiB of it.
   */
  heldAnswerBytesMax: 256 * 1024 * 1024,
  /** A client that is still sending what nobody reads may go on for so long, so that it gets to see its answer. */
  lingerMs: 1_000,
  /** For a body that must be read before it is judged. */
  requestBodyTimeoutMs: 60_000,
  /**
   * An idle kept connection. Longer than the 60 seconds of the usual load balancers, so that they close first: else a
   * request can meet a connection that was just closed.
   */
  keepAliveTimeoutMs: 75_000,
  /** How often Node looks for late heads and requests: they may last this much longer. Its default is 30 s. */
  connectionsCheckingIntervalMs: 5_000,
  /** A TLS handshake. Node's default of two minutes lets silent clients hold connections for long. */
  tlsHandshakeTimeoutMs: 10_000,
  /** A client that reads nothing while an answer waits for it: its socket is ended. */
  socketIdleTimeoutMs: 120_000,
  /**
   * While requests wait for a connection to the API, calls that wait for a slow client are ended: one whose body comes at less
   * than so much a second, after it had a moment to gain speed; one that takes nothing of its answer for so long. While bodies wait for
   * memory, those that are held and come at less than that pace, for so long, give way.
   */
  pressedBytesPerSecondMin: 4 * 1024,
  pressedGraceMs: 1_000,
  pressedPauseMs: 3_000,
  /** How often slow clients and stalled answers are looked for. */
  slowLookMs: 500,
  /** An HTTP/2 session without an open stream; one that took too little of its answers for up to twice as long. */
  sessionIdleTimeoutMs: 75_000,
  /** HTTP/2: what a client must take each second, over all streams, while answers wait for it. */
  sessionBytesPerSecondMin: 256,
  /** How long a client that negotiates no known protocol may stay. */
  unknownProtocolTimeoutMs: 5_000,

  /**
   * Open connections of one listener. Where it is full, the oldest that nobody uses, or that owes its body, is cut for a newcomer (`src/gateway/room.ts`); only
   * where all are in use, further ones are closed. One costs about 20 KB, with TLS about 60 KB.
   */
  connectionsMax: 10_000,
  /** HTTP/1.1: requests of one connection that wait for their answers. Few clients send even two ahead. */
  pipelinedMax: 100,

  /** HTTP/2: concurrent streams of one connection. Node offers 2^32 unless told; nginx 128, browsers use up to 100. */
  streamsMax: 100,
  /** HTTP/2: field lines of one head, pseudo-fields and cookie crumbs (RFC 9113 8.2.3) included, before it is refused. */
  headerListPairsMax: 160,
  /** HTTP/2: bytes that a client may send on one stream before it is read. Also the most that waits in memory. */
  streamWindowBytes: 256 * 1024,
  /** HTTP/2: table of the header compression. The protocol's default; a larger one only costs memory for each client. */
  headerTableBytes: 4 * 1024,
  /** HTTP/2: memory of one session in megabytes, after which new streams are refused. Node's default. */
  sessionMemoryMegabytes: 10,
  /** HTTP/2: entries of one SETTINGS frame. There are seven settings. */
  settingsEntriesMax: 16,
  /** HTTP/2: pings and settings of a client in one burst, and each second. Clients that measure their line ping a few times a second. */
  controlFramesBurst: 100,
  controlFramesPerSecond: 10,
  /** HTTP/2: bytes between two looks that no request explains, such as window updates of 13 bytes. */
  controlBytesMax: 64 * 1024,
  controlLookMs: 2_000,
  /** HTTP/2: unanswered pings. */
  pingsMax: 10,
  /**
   * HTTP/2: invalid frames before the session ends; Node's default is 1,000. Streams beyond `streamsMax` count as such, and an
   * honest client may open some before it has read our settings.
   */
  invalidFramesMax: 100,
  /** HTTP/2: streams that may be refused before the session ends. */
  rejectedStreamsMax: 100,
  /**
   * HTTP/2: requests that a client may reset before their answer is out, in one burst and each second (rapid reset,
   * CVE-2023-44487).
   */
  streamResetsBurst: 200,
  streamResetsPerSecond: 20,
  /**
   * HTTP/2: all resets of a client, those of streams that are over included, which cost nothing but their reading: libcurl
   * 7.88 (Debian 12) sends one behind each answer.
   */
  resetFramesBurst: 10_000,
  resetFramesPerSecond: 1_000,

  /** How long a TLS session may be resumed, in seconds, and how long a ticket key lives: forward secrecy ends there. */
  tlsSessionSeconds: 3_600,
  tlsTicketKeyLifetimeMs: 3_600_000,

  /** A denied body of at most this declared size is read to its end and its connection kept: cheaper than a new one. */
  drainedBytesMax: 64 * 1024,

  /** Head of the API's answer, in bytes; over it 502. Four times what clients may send: cookies are set here. */
  upstreamHeadBytesMax: 64 * 1024,
  /**
   * Field lines of the API's answer; over it 502. Node's own client overlooks what comes behind the 2,000th, and the last are the gate's. Over HTTP/2
   * each may take some 18 bytes more than it has, and what is larger than the next is not sent.
   */
  answerFieldsMax: 1_000,
  sentHeadBytesMax: 96 * 1024,
  /**
   * An idle connection to the API. Shorter than the five seconds after which Node closes its side by default: one that the
   * API closes just as a request goes out would cost that request.
   */
  upstreamKeepAliveTimeoutMs: 4_000,

  /** A shutdown waits so long for answers under way: below the 30 seconds that Kubernetes and systemd's units give. */
  drainTimeoutMs: 25_000,
  /** A kept connection may just carry its next request: it is answered, with `Connection: close`, if it comes this soon. */
  drainIdleGraceMs: 1_000,

  /** Connections of the admin listener: probes and a person. */
  adminConnectionsMax: 100,
  adminRequestTimeoutMs: 5_000,
  adminHeadBytesMax: 4 * 1024,
});
