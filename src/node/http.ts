// Node's own `http`, but not by an import: for that Node makes every name of it, and with `WebSocket` it loads its whole `fetch`, 14 MB of a process.
const http = process.getBuiltinModule("node:http");

export const { Agent, createServer, get, request } = http;
